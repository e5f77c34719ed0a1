"""
Agreement of events and records: what an event says about its record, and the other way.
"""
