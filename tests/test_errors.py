"""
Tests of the errors.
"""
