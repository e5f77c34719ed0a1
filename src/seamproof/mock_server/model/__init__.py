"""
Data of the mock server: records, settings, the retry schedule, clocks.
"""
