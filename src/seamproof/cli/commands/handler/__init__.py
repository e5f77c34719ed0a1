"""
Commands that test a handler.
"""
