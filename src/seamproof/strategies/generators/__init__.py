"""
Hypothesis strategies: events, journeys, deliveries, invalid and unknown events.
"""
