"""
Commands that run a mock server or talk to one.
"""
