"""
How the requests of a failure are shown: each with its answer, and what differs in its body.
"""
