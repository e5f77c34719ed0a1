"""
Reports of a run in each format, the identity of failures, the baseline, redaction.
"""
