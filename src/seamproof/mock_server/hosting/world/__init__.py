"""
The world of a running server, for tests in the same process.
"""
