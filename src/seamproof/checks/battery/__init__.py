"""
The battery of checks, by what they are about.
"""
