"""
Checks of what a handler does when it calls Seam.
"""
