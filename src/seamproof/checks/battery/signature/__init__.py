"""
Signature checks: authenticity, timestamp tolerance, rotation, malformed headers.
"""
