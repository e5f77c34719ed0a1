"""
Data of a run: options, requests and responses, results.
"""
