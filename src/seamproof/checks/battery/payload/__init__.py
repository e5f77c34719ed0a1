"""
Payload checks: the contract, robustness, Unicode, fuzzing.
"""
