"""
A run: arrivals, the workers that send, the process that directs them, the search for a limit.
"""
