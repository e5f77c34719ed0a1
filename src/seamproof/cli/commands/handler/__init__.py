"""
Commands that prove a handler.
"""
