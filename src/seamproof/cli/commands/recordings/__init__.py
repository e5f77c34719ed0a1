"""
Commands about recordings of real events.
"""
