"""
Worlds to start with: the ready ones, and those of files.
"""
