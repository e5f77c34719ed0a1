"""
What distinguishes failures: their reasons, and the kinds of values that provoke them.
"""
