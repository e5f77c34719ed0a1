"""
The accounting of a run: what happened to every message, against what the handler says it did.
"""
