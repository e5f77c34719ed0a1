"""
Comparison of two versions of the schemas, or of new documentation with the built-in ones.
"""
