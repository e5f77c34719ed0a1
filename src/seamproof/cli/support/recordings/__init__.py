"""
What the commands about recordings share.
"""
