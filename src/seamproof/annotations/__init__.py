"""
What platforms show at a line of a repository: annotations of GitHub, results of code scanning.
"""
