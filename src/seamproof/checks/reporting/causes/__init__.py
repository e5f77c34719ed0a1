"""
What a failure shows of its cause: exceptions, answers, and when they came.
"""
