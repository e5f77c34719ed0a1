"""
Replay of failures: case files, and regression tests made of them.
"""
