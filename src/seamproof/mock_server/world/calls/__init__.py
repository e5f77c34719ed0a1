"""
Calls: rows of the table of operations, and their interpreter.
"""
