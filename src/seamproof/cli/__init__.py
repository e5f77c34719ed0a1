"""
The command line. No other room but this one and the pytest plugin prints.
"""

from seamproof.cli.root import main

__all__ = ["main"]
