"""
The consumer contract: what a handler depends on, in a file, and what a change means for it.
"""
