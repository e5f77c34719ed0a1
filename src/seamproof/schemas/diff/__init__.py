"""
Differences between two versions of the contract.
"""
