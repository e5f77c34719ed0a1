"""
Commands about the contract.
"""
