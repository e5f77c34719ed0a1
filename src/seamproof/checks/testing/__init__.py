"""
The battery in a test runner: a test for each check.
"""
