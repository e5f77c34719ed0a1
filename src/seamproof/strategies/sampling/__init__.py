"""
Realistic samples, the same ones for the same seed. Needs no Hypothesis.
"""
