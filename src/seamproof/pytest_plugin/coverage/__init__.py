"""
Coverage: which event types a test run has sent.
"""
