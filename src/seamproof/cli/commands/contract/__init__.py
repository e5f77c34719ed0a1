"""
Commands about the schemas of Seam's events.
"""
