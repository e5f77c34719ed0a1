"""
The command line: parse, build, execute. Printing lives here and nowhere below.
"""

from seamproof.cli.root import main

__all__ = ["main"]
