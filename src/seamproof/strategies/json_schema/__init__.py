"""
Compilation of JSON Schema to Hypothesis strategies.
"""
