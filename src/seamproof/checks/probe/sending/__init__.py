"""
How requests are sent: at what pace, how many at a time, for how long.
"""
