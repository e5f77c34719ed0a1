"""
The runner: options are resolved, checks are selected and run.
"""
