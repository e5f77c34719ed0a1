"""
Handlers of a few lines, in ten languages: files of them, a section each.

The text of a section begins after `--- name.suffix`. What shows Seam stands before it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

_SECTION: Final = re.compile(r"^--- (?P<name>\S+?)(?P<suffix>\.\w+)\n", re.MULTILINE)

#: By suffix, what shows Seam before each snippet.
SHOWS_SEAM: Final = {
    ".py": 'import os\nSECRET = os.environ["SEAM_WEBHOOK_SECRET"]\n',
    **dict.fromkeys(
        (".js", ".mjs", ".jsx", ".ts", ".tsx"),
        "const secret = process.env.SEAM_WEBHOOK_SECRET;\n",
    ),
    ".php": "<?php\n$secret = getenv('SEAM_WEBHOOK_SECRET');\n",
    ".rb": 'secret = ENV["SEAM_WEBHOOK_SECRET"]\n',
    ".go": 'package main\nvar secret = os.Getenv("SEAM_WEBHOOK_SECRET")\n',
    ".java": 'class Hook { String secret = System.getenv("SEAM_WEBHOOK_SECRET");\n',
    ".kt": 'val secret = System.getenv("SEAM_WEBHOOK_SECRET")\n',
    ".cs": 'var secret = Environment.GetEnvironmentVariable("SEAM_WEBHOOK_SECRET");\n',
    ".ex": 'secret = System.get_env("SEAM_WEBHOOK_SECRET")\n',
}


class Snippet(NamedTuple):
    """
    A handler of a few lines.

    Attributes:
        rule: The id of the rule that it is about.
        name: Of the snippet.
        suffix: Of its file, which shows the language.
        code: Its text; a line with a mistake ends with `HERE`.
    """

    rule: str
    name: str
    suffix: str
    code: str

    @property
    def id(self) -> str:
        """
        The name of its test.
        """
        return f"{self.rule}-{self.name}{self.suffix}"

    def write(self, folder: Path) -> Path:
        """
        Write it into a file, after what shows Seam.
        """
        file = folder / f"hook{self.suffix}"
        file.write_text(SHOWS_SEAM[self.suffix] + self.code, encoding="utf-8")
        return file

    def lines(self) -> list[int]:
        """
        List the lines with a mistake.
        """
        whole = SHOWS_SEAM[self.suffix] + self.code
        return [at for at, line in enumerate(whole.split("\n"), 1) if line.endswith("HERE")]


def snippets(folder: str) -> list[Snippet]:
    """
    Read the snippets of a folder, whose files are named after the rules.
    """
    found = []
    for file in sorted((Path(__file__).parent / folder).glob("*.txt")):
        _, *parts = _SECTION.split(file.read_text(encoding="utf-8"))
        for name, suffix, code in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            found.append(Snippet(file.stem, name, suffix, code))
    return found
