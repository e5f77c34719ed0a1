"""
Faults: what can be made to go wrong with a delivery, and with which messages.
"""
