"""
The listener: receives deliveries, verifies and validates them, and forwards them to a handler.
"""
