"""
The service: what the API and the embedded server call.
"""
