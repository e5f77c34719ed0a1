"""
The commands, one module each, grouped by their subject.
"""
