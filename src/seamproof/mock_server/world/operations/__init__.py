"""
The table of operations, by what they are about.
"""
