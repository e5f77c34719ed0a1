"""
Delivery checks: responses, idempotency, ordering, failure recovery.
"""
