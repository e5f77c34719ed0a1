"""
Print the lowest version of each declared dependency, as requirements for pip.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]

#: Their newer versions want newer ones of what users have; their older ones cannot be used.
LEFT_OUT = {"schemathesis", "locust"}

for requirement in DECLARED:
    match = re.fullmatch(r"([\w-]+)(?:\[[\w,-]+\])?>=([\w.]+)", requirement)
    if match and match[1] not in LEFT_OUT:
        print(f"{match[1]}=={match[2]}")
