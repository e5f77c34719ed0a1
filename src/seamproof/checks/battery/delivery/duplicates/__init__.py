"""
Idempotency checks: duplicates at once, later, and at another worker process.
"""
