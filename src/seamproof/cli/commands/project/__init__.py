"""
The command that sets a project up.
"""
