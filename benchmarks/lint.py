"""
Linting a project of 1,000 files, beside tokenising the same files.

One file in twenty is about Seam, and one of these in five has a mistake.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks.material import versioned
from benchmarks.measuring import Bound, Contestant, Figure, interleave, milliseconds
from benchmarks.startup import environment, script, start

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES: Final = 1000
_EVERY: Final = 20
_WRONG: Final = 5

_HANDLER: Final = {
    ".py": """
import os
from seam import SeamWebhook

webhook = SeamWebhook(os.environ["SEAM_WEBHOOK_SECRET"])


def handle(request):
    event = webhook.verify(request.get_data(), request.headers)
    if event["event_type"] == "lock.unlocked":
        return unlocked(event["device_id"], event.get("code"))
    if event["event_type"] == "{kind}":
        return low(event["device_id"])
""",
    ".ts": """
import {{ SeamWebhook }} from "seam";
const webhook = new SeamWebhook(process.env.SEAM_WEBHOOK_SECRET!);
export async function POST(request: Request) {{
  const event = webhook.verify(await request.text(), Object.fromEntries(request.headers));
  switch (event.event_type) {{
    case "lock.unlocked": return unlocked(event.device_id);
    case "{kind}": return low(event.device_id);
  }}
}}
""",
}
_OTHER: Final = {
    ".py": """
def function_{n}(items, limit={n}):
    # Sums up the items, up to the limit.
    total = 0
    for index, item in enumerate(items):
        if item.get("device.name", "") and index < limit:
            total += item["amount"] * 2
    return {{"total": total, "name": f"item {{limit}}"}}
""",
    ".ts": """
export function function{n}(items: Item[], limit = {n}): Total {{
  // Sums up the items, up to the limit.
  let total = 0;
  for (const [index, item] of items.entries()) {{
    if (item["device.name"] && index < limit) total += item.amount * 2;
  }}
  return {{ total, name: `item ${{limit}}` }};
}}
""",
}
_REPEATED: Final = 10

#: Tokenises all files of a directory with the lexers that `lint` reads with.
_TOKENISE: Final = """
import sys
from pathlib import Path
from pygments.lexers import PythonLexer, TypeScriptLexer
lexers = {".py": PythonLexer(), ".ts": TypeScriptLexer()}
for path in Path(sys.argv[1]).rglob("*.*"):
    if path.suffix in lexers:
        for _ in lexers[path.suffix].get_tokens_unprocessed(path.read_text()):
            pass
"""


def write_project(folder: Path, files: int) -> None:
    """
    Write a project of sources in two languages.
    """
    (folder / "package.json").write_text('{"dependencies": {"seam": "1"}}')
    for number in range(files):
        suffix = (".py", ".ts")[number % 2]
        text = "".join(_OTHER[suffix].format(n=number + more) for more in range(_REPEATED))
        if number // 2 % _EVERY == 0:
            is_wrong = number // 2 // _EVERY % _WRONG == 0
            kind = "device.battery.low" if is_wrong else "device.low_battery"
            text = _HANDLER[suffix].format(kind=kind) + text
        path = folder / f"part_{number % 50}" / f"file_{number}{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def run() -> Iterator[Figure]:
    """
    Measure whole processes, from their start to their end.
    """
    with TemporaryDirectory() as directory, TemporaryDirectory() as bytecode:
        write_project(Path(directory), FILES)
        settings = environment(bytecode)
        commands = {
            "lint": [script(), "lint", directory, "--fail-on", "never"],
            "pygments": [sys.executable, "-c", _TOKENISE, directory],
        }
        contestants = [
            Contestant(name, partial(start, words, settings)) for name, words in commands.items()
        ]
        taken = interleave(contestants, rounds=7, seconds=0, clock=time.perf_counter)
    yield Figure(
        name=f"seamproof lint, {FILES:,} files",
        values=milliseconds(taken["lint"]),
        unit="ms",
        peer=f"pygments, tokens of all files ({versioned('Pygments')})",
        peer_values=milliseconds(taken["pygments"]),
        bound=Bound("at most", 1000, on="value"),
        remark="only files that may have a mistake are tokenised",
    )
