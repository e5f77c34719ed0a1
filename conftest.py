"""
Configuration shared by every test.
"""
