"""
Delivery: pending messages are queued for each endpoint, sent, and retried.
"""
