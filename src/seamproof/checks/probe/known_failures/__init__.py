"""
Whether a rejected event shows only what was reported before.
"""
