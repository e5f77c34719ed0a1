"""
Handlers under test: applications and functions in this process, and URLs.
"""
