"""
The demonstration, and the model handler that it sends to.
"""
