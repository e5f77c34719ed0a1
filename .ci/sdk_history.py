"""
Collect what the versions of the Python SDK say of events, as facts: names, types, deprecation.

Made once, to test the comparison of schemas with real changes:

    python .ci/sdk_history.py tests/schemas/diff/sdk_history.json
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

VERSIONS: Final = (
    *("3.0.0", "3.1.0", "3.2.0", "3.3.0", "3.4.0", "3.5.0", "3.6.0", "3.6.1", "3.7.0", "3.8.0"),
    *("3.9.0", "3.10.0", "3.11.0", "3.12.0", *(f"3.13.{patch}" for patch in range(13))),
    *("3.14.0", "3.14.1", "3.15.0", "3.16.0", "3.17.0", "3.18.0"),
)
FILE: Final = "seam/resources/seam_event.py"


def main() -> None:
    """
    Download each version and write its facts, as differences to the version before.
    """
    history: dict[str, Any] = {}
    before: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for version in VERSIONS:
            words = ["pip", "download", "-q", "--no-deps", "-d", folder, f"seam=={version}"]
            subprocess.run([sys.executable, "-m", *words], check=True)  # noqa: S603
            with zipfile.ZipFile(next(Path(folder).glob(f"seam-{version}-*.whl"))) as wheel:
                facts = facts_of(wheel.read(FILE).decode())
            history[version] = {
                name: facts.get(name)
                for name in sorted({*before, *facts})
                if before.get(name) != facts.get(name)
            }
            before = facts
    Path(sys.argv[1]).write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")


def facts_of(text: str) -> dict[str, Any]:
    """
    Collect the facts of one version: from event type to its properties and nested classes.
    """
    facts: dict[str, Any] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and "event_type" in fields_of(node):
            described = ast.get_docstring(node) or ""
            fields = fields_of(node)
            tag = fields["event_type"]
            event: dict[str, Any] = {"fields": fields}
            if nested := {
                one.name: fields_of(one) for one in node.body if isinstance(one, ast.ClassDef)
            }:
                event["nested"] = nested
            if deprecated := [name for name in fields if f":ivar {name}: Deprecated" in described]:
                event["deprecated"] = deprecated
            if ".. deprecated::" in described:
                event["event_deprecated"] = True
            facts["*" if tag == "str" else str(ast.literal_eval(tag[8:-1]))] = event
    return facts


def fields_of(node: ast.ClassDef) -> dict[str, str]:
    """
    Return the annotations of a class, in the order of their names.
    """
    found = {
        one.target.id: ast.unparse(one.annotation)
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    return dict(sorted(found.items()))


if __name__ == "__main__":
    main()
