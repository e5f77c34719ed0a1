"""
Mistakes in the source of handlers, found without running them.
"""
