"""
`--pseudonymise`, and the key that decides the replacements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seamproof.errors import UsageError
from seamproof.signing.project_key import DIRECTORY, keep_out_of_git, read_key

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.recordings.fixtures import FixtureWriter
    from seamproof.schemas import Catalogue

pseudonymise_option = click.option(
    "--pseudonymise/--no-pseudonymise",
    default=True,
    show_default=True,
    help="Replace ids, codes, names, keys, metadata and texts in fixtures: a value always by the "
    f"same one, as {DIRECTORY}/key decides.",
)


def fixture_writer(directory: Path, catalogue: Catalogue, *, pseudonymise: bool) -> FixtureWriter:
    """
    Make a writer of fixtures.

    Raises:
        UsageError: The directory or the key cannot be written.
    """
    from seamproof.pseudonyms.pseudonymiser import Pseudonymiser
    from seamproof.recordings.fixtures import FixtureWriter

    where = directory
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not pseudonymise:
            return FixtureWriter(directory, None)
        where = DIRECTORY
        key = read_key(create=True)
        keep_out_of_git()
    except OSError as problem:
        what = f"nothing can be written there: {problem.strerror}"
        raise UsageError(what, where=str(where)) from problem
    return FixtureWriter(directory, Pseudonymiser(key, catalogue))
