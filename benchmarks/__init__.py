"""
The benchmarks.
"""
