"""
Formats of the findings for programs.
"""
