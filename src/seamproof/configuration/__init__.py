"""
Options that a project sets in a file.
"""
