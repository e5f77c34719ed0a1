"""
What finds the mistakes, a module for each kind.
"""
