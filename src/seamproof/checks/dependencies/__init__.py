"""
What a handler depends on: found by experiment, kept as a consumer contract.
"""
