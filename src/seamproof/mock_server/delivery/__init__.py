"""
Delivery: deliveries are queued for each endpoint, attempted, and retried.
"""
