"""
Faults: what can go wrong on the way to a handler, on purpose.
"""
