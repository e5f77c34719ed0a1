"""
The demonstration, and the model handler that it runs against.
"""
