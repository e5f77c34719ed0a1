"""
What the commands about handlers share: the options and the output of a run of checks.
"""
