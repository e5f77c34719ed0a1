"""
Checks of events that arrive in another order, close together, or with equal content.
"""
