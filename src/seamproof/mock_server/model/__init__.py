"""
Data of the mock server: records, pending work, requested faults, settings, the retry schedule.
"""
