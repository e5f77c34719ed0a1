"""
What a check can be aimed at: applications and functions in this process, and URLs.
"""
