"""
The command line. No other room but this one and the pytest plugin prints.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """
    Run the command line and exit.
    """
    try:
        from seamproof.cli.root import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    run()
