"""
Observation of the state of a handler: snapshots, diffs, calibration.
"""
