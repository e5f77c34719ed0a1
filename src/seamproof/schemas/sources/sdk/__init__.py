"""
Readers of the events in Seam's SDKs, as text.
"""
