"""
The project of a file: the nearest directory with a manifest, and whether it depends on Seam.
"""

from __future__ import annotations

import os
import re
from typing import Final

#: Files that stand at the root of a project.
_MANIFESTS: Final = (
    *("package.json", "pyproject.toml", "requirements.txt", "setup.py", "setup.cfg", "Pipfile"),
    *("go.mod", "composer.json", "Gemfile", "mix.exs", "pom.xml", "build.gradle"),
    *("build.gradle.kts", "deno.json", "manifest.json", ".git"),
)
_READ: Final = (*_MANIFESTS[:-1], ".env.example", ".env.sample", ".env.template")
#: How a manifest names an SDK of Seam, and an example of the environment its variables.
_DEPENDS: Final = re.compile(
    rb"@seamapi/|seamapi|SEAM_[A-Z]|seamco/seam|[\"'](?:seam|seam-api)[\"']\s*[:,\]]"
    rb"|[\"']seam(?:\[[\w,]*\])?\s*(?:[<>=~!^;]|[\"'])|^\s*seam\s*(?:[<>=~!;]|$)|\{:seam,"
    rb"|gem\s+[\"']seam[\"']",
    re.MULTILINE,
)
_LARGEST: Final = 500_000
_LEVELS: Final = 20


class Projects:
    """
    The projects of the files of a run.
    """

    def __init__(self) -> None:
        self._roots: dict[str, str] = {}
        self._shown: dict[str, bool] = {}

    def root_of(self, folder: str) -> str:
        """
        Find the root of the project that a directory is in; the directory itself if there is none.
        """
        if folder not in self._roots:
            self._roots[folder] = _root_of(os.path.abspath(folder))
        return self._roots[folder]

    def show(self, root: str) -> None:
        """
        Note that a file of a project shows Seam.
        """
        self._shown[root] = True

    def is_shown(self, root: str) -> bool:
        """
        Whether a file of a project is known to show Seam.
        """
        return self._shown.get(root, False)

    def shows_seam(self, root: str) -> bool:
        """
        Whether a file of a project, a manifest or its example of an environment shows Seam.
        """
        if root not in self._shown:
            self._shown[root] = _depends(root)
        return self._shown[root]


def _root_of(folder: str) -> str:
    here = folder
    for _ in range(_LEVELS):
        if any(os.path.exists(os.path.join(here, one)) for one in _MANIFESTS):
            return here
        above = os.path.dirname(here)
        if above == here:
            break
        here = above
    return folder


def _depends(root: str) -> bool:
    for name in _READ:
        try:
            with open(os.path.join(root, name), "rb") as stream:
                if _DEPENDS.search(stream.read(_LARGEST)):
                    return True
        except OSError:
            continue
    return False
