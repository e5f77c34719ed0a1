"""
Ten thousand generated events, read by Seam's own SDKs: without loss, and without a type error.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import is_dataclass
from functools import cache
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest
from seam.resources.seam_event import seam_event_from_dict

from seamproof.schemas import catalog
from seamproof.schemas.sources.recorded import built_in_sources
from seamproof.strategies import SHARES, Sampler
from tests.older_sources import EXCEPTIONS, as_known_to

COUNT: Final = 10_000
PRESENCES: Final = tuple(SHARES)
VERSIONS: Final = {one.kind: one.version for one in built_in_sources()}


@cache
def samples() -> tuple[dict[str, Any], ...]:
    """
    Draw events of all documented types, with all and with some of their optional properties.
    """
    types = [one.event_type for one in catalog().values() if one.documented]
    found: list[dict[str, Any]] = []
    sampler = Sampler("official SDKs")
    while len(found) < COUNT:
        presence = PRESENCES[len(found) // len(types) % len(PRESENCES)]
        found += [sampler.event(name, presence=presence) for name in types]
    return tuple(islice(found, COUNT))


def lost(value: Any, parsed: Any, path: str = "") -> list[str]:
    """
    Find what a parsed value lacks of the original one.
    """
    if isinstance(value, dict):
        members = []
        for name, member in value.items():
            if is_dataclass(parsed):
                found = getattr(parsed, name, getattr(parsed, f"{name}_", ...))
            else:
                found = parsed.get(name, ...) if hasattr(parsed, "get") else ...
            members += lost(member, found, f"{path}/{name}")
        return members
    if isinstance(value, list) and isinstance(parsed, list) and len(value) == len(parsed):
        pairs = zip(value, parsed, strict=True)
        return [one for pair in pairs for one in lost(*pair, f"{path}/*")]
    return [] if value == parsed and type(value) is type(parsed) else [path]


@pytest.mark.slow
def test_the_python_sdk_parses_without_loss() -> None:
    """
    The parser of the Python SDK knows each type, and keeps each property of each event.
    """
    if metadata.version("seam") != VERSIONS["python"]:
        pytest.skip(f"the contract rests on seam {VERSIONS['python']}")
    for event in samples():
        parsed = seam_event_from_dict(event)
        assert is_dataclass(parsed), event["event_type"]
        assert lost(event, parsed) == [], event["event_type"]


@pytest.fixture(scope="module")
def compiler() -> list[str]:
    """
    Find the compiler of TypeScript, or skip.
    """
    node = shutil.which("node")
    for folder in filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)):
        compiler = Path(folder) / "typescript" / "bin" / "tsc"
        if node and compiler.is_file():
            return [node, "--max-old-space-size=4096", str(compiler), folder]
    pytest.skip("NODE_PATH leads to no typescript: `npm install typescript @seamapi/http`")


@pytest.mark.slow
def test_events_have_the_types_of_the_javascript_sdk(compiler: list[str], tmp_path: Path) -> None:
    """
    Each event is a literal of the union of the JavaScript SDK, as `tsc --strict` checks it.
    """
    *command, folder = compiler
    package = Path(folder) / "@seamapi" / "http"
    if not package.is_dir():
        pytest.skip("NODE_PATH leads to no @seamapi/http: `npm install @seamapi/http`")
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    if version != VERSIONS["javascript"]:
        pytest.skip(f"the contract rests on @seamapi/http {VERSIONS['javascript']}")
    declarations = (package / "lib" / "resources" / "event.d.ts").read_text("utf-8")
    (tmp_path / "event.d.ts").write_text(declarations, encoding="utf-8")
    source = f"@seamapi/http {version}"
    lines = [
        f"export const e{number}: SeamEvent = {json.dumps(as_known_to(source, event))};"
        for number, event in enumerate(samples())
    ]
    # A mistake of each kind, so that a compiler that checks nothing does not pass.
    changes: tuple[dict[str, Any], ...] = ({"mood": ""}, {"event_id": None}, {"event_type": "a.b"})
    for number, change in enumerate(changes):
        wrong = json.dumps(samples()[0] | change)
        lines.append(f"// @ts-expect-error\nexport const w{number}: SeamEvent = {wrong};")
    text = 'import type { SeamEvent } from "./event.js";\n' + "\n".join(lines)
    (tmp_path / "events.ts").write_text(text, encoding="utf-8")
    words = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022"]
    done = subprocess.run(
        [*command, *words, "events.ts"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout[:2000]) == (0, "")


def test_each_exception_is_explained() -> None:
    """
    Each exception is of a source, and names a version that is newer than it.
    """
    for row in EXCEPTIONS:
        assert row["event_type"] in catalog()
        assert row["explained_by"].startswith(("seam 3.", "@seamapi/"))
        assert ("value" in row) is ("instead" in row)
