"""
Resources as Seam keeps them: records, the table of operations, and their interpreter.
"""
