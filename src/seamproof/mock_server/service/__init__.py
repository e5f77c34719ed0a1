"""
The service: endpoints, emission, redelivery and the clock, for the API and the embedded server.
"""
