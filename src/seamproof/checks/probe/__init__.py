"""
The probe: signs, sends and counts the requests of a run.
"""
