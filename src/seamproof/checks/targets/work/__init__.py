"""
Looks at what a handler of this process is at work on: calls that overlap, work after the answer.
"""
