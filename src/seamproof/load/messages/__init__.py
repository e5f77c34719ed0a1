"""
The messages of a run: which events they carry, their ids, and their bodies.
"""
