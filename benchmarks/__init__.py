"""
Benchmarks: each figure stands beside its peer's, measured in the same run.

A benchmark is a module with a function `run` that yields figures, and a row in
the table of `benchmarks.__main__`.
"""
