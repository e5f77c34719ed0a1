"""
An adapter for each kind of target.
"""
