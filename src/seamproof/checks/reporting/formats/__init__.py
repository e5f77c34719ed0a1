"""
The formats of reports.
"""
