"""
Pseudonyms: replaces what identifies people, devices and accounts in recorded events.
"""
