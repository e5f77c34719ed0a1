"""
What is seen of a handler only in its process: lines that read a property, background exceptions.
"""
