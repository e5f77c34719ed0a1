"""
Readers of the files in which other tools record events.
"""
