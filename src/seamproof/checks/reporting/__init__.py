"""
What comes of a run: reports, case files, their replay, and the baseline.
"""
