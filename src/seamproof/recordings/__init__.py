"""
Recordings of real events: received by a listener, or read from what other tools have exported.
"""
