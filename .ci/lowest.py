"""
Print the lowest version of each declared dependency, as constraints for pip.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]

for requirement in DECLARED:
    if match := re.fullmatch(r"([\w-]+)(?:\[[\w,-]+\])?>=([\w.]+)", requirement):
        print(f"{match[1]}=={match[2]}")
