"""
Commands that make, sign, send and validate single events.
"""
