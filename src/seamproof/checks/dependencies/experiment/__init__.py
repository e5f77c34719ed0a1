"""
The experiment: events of which one property is changed, and what that does to the effect.
"""
