"""
The official JavaScript SDK against the world of a mock server: a booking, and the types of answers.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from importlib import metadata
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof import MockServer
from seamproof.mock_server.world.data import load, operations
from seamproof.mock_server.world.operations.table import ROWS
from seamproof.mock_server.world.refusals import CallRefused
from seamproof.mock_server.world.seeds.world_file import READY, load_world, seed_of
from seamproof.mock_server.world.world import World
from seamproof.schemas import catalog
from seamproof.schemas.sources.recorded import built_in_sources
from tests.mock_server.world.drawn_calls import arguments, is_valid
from tests.node_packages import node_with

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION: Final = next(one.version for one in built_in_sources() if one.kind == "javascript")
NOW: Final = 1_790_000_000.0
ROUNDS: Final = 4

#: Values that the types of connected accounts lack.
VALUES_BEYOND: Final = ("speaker",)

BOOKING: Final = """
import { isSeamHttpApiError, isSeamHttpInvalidInputError, SeamHttp } from "@seamapi/http";

const seam = new SeamHttp({ apiKey: "seam_test_1", endpoint: process.env.ENDPOINT });
const until = async (read, done) => {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await read();
    if (done(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not happen");
};

const webhook = await seam.webhooks.create({ url: "http://127.0.0.1:9/", event_types: ["*"] });
const [lock] = await seam.devices.list({ device_type: "august_lock" });
const accounts = await seam.connectedAccounts.list({ search: "august" });
const { device_id } = lock;
const made = await seam.accessCodes.create({ device_id, name: "Guest", code: "8642" });
const id = made.access_code_id;
const read = () => seam.accessCodes.get({ access_code_id: id });
const code = await until(read, (one) => one.status === "set");
const attempt = await seam.locks.unlockDoor({ device_id });
const opened = await seam.devices.get({ device_id });
await seam.accessCodes.update({ access_code_id: id, name: "Guest of room 1" });
const pages = [];
const paginator = seam.createPaginator(seam.devices.list({ limit: 2 }));
for await (const page of paginator.flatten()) pages.push(page.device_id);
const unmanaged = await seam.accessCodes.unmanaged.list({ device_id });
await seam.accessCodes.delete({ access_code_id: id });
const gone = await read().catch((error) => error);
const wrong = await seam.accessCodes.create({ device_id: "no id" }).catch((error) => error);
const texts = wrong.getValidationErrorMessages?.("device_id");
const events = await seam.events.list({ access_code_id: id, since: "2020-01-01T00:00:00Z" });
await seam.webhooks.delete({ webhook_id: webhook.webhook_id });
console.log(JSON.stringify({
  accounts: accounts.map((one) => one.account_type),
  created: made.status,
  set: code.status,
  attempt: attempt.status,
  locked: opened.properties.locked,
  pages: new Set(pages).size,
  unmanaged: unmanaged.length,
  gone: [isSeamHttpApiError(gone), gone.code],
  wrong: [isSeamHttpInvalidInputError(wrong), texts.length],
  events: events.map((one) => one.event_type),
  webhooks: (await seam.webhooks.list()).length,
}));
"""


def test_a_booking(tmp_path: Path) -> None:
    """
    The SDK finds a lock, makes a code, waits until it is set, opens the door, and deletes the code.
    """
    node, folder = node_with("@seamapi/http")
    (tmp_path / "node_modules").symlink_to(folder)
    (tmp_path / "booking.mjs").write_text(BOOKING, "utf-8")
    with MockServer(world="short_stay", schedule="none") as server:
        environment = {**os.environ, "ENDPOINT": server.url}
        words = [node, "booking.mjs"]
        done = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("events")[0:2] == ["access_code.created", "access_code.set_on_device"]
    assert found == {
        "accounts": ["august"],
        "created": "setting",
        "set": "set",
        "attempt": "success",
        "locked": False,
        "pages": 6,
        "unmanaged": 0,
        "gone": [True, "access_code_not_found"],
        "wrong": [True, 1],
        "webhooks": 0,
    }


def answers() -> Iterator[tuple[str, str, Any]]:
    """
    Call every operation with drawn arguments: yield the path, and each resource of the answer.
    """
    random = Random(1)
    now = NOW
    for name in READY:
        world = World(catalog(), 1)
        seed = seed_of(load_world(name) or {}, now)
        world.seed(seed.documents, now, seed.calls, seed.troubles)
        for path in sorted(ROWS) * ROUNDS:
            now += 1
            while world.next_due <= now:
                world.run_due(now)
            given = arguments(path, world.records, random, now)
            if is_valid(path, given):
                try:
                    answer = world.call(path, given, now, "http://127.0.0.1:8787").answer
                except CallRefused:
                    continue
                operation = operations()[path]
                named = {operation.key: operation.resource} if operation.key else {}
                named |= {key: one["resource"] for key, one in operation.also.items()}
                for key, resource in named.items():
                    many = answer[key] if isinstance(answer[key], list) else [answer[key]]
                    yield from ((path, resource, one) for one in many)


@cache
def declaration(path: Path) -> str:
    """
    Read the declaration of a type, with those that it imports.
    """
    text = path.read_text("utf-8")
    names = re.findall(r"from ['\"]\./([\w-]+)\.js['\"]", text)
    others = ((path.parent / f"{one}.d.ts").read_text("utf-8") for one in names)
    return "\n".join((text, *others))


def known(value: Any, declared: str) -> Any:
    """
    Leave out the properties that only Seam's OpenAPI document or the Python SDK has.
    """
    if isinstance(value, list):
        return [known(one, declared) for one in value]
    if not isinstance(value, dict):
        return value
    names = (one for one in value if re.search(rf"\b{re.escape(one)}\??:", declared))
    return {one: known(value[one], declared) for one in names}


@pytest.mark.slow
def test_answers_have_the_types_of_the_javascript_sdk(tmp_path: Path) -> None:
    """
    Each resource of an answer is a literal of its type, as `tsc --strict` checks it.
    """
    node, folder = node_with("@seamapi/http", "typescript")
    package = folder / "@seamapi" / "http"
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    if version != VERSION:
        pytest.skip(f"the contract rests on @seamapi/http {VERSION}")
    for one in (package / "lib" / "resources").glob("*.d.ts"):
        (tmp_path / one.name).write_bytes(one.read_bytes())
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path, resource, document in answers():
        declared = tmp_path / f"{resource.replace('_', '-')}.d.ts"
        if declared.is_file():
            name = "".join(word.title() for word in resource.split("_"))
            text = json.dumps(known(document, declaration(declared)))
            if not any(f'"{value}"' in text for value in VALUES_BEYOND):
                found[name][text] = path
    assert len(found) > 20
    lines = [f'import type {{ {", ".join(found)} }} from "./index.js";']
    for name, documents in found.items():
        for text, path in documents.items():
            lines.append(f"/* {path} */ export const x{len(lines)}: {name} = {text};")
    # A mistake, so that a compiler that checks nothing does not pass.
    wrong = json.dumps({**json.loads(next(iter(found["AccessCode"]))), "status": "gone"})
    lines.append(f"// @ts-expect-error\nexport const wrong: AccessCode = {wrong};")
    (tmp_path / "answers.ts").write_text("\n".join(lines), "utf-8")
    compiler = str(folder / "typescript" / "bin" / "tsc")
    words = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "answers.ts"]
    done = subprocess.run(
        [node, "--max-old-space-size=4096", compiler, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout[:3000]) == (0, "")


@pytest.mark.slow
def test_the_data_of_the_world_is_derived(tmp_path: Path) -> None:
    """
    The script gives the files of the package again, from the packages that they name.
    """
    node, folder = node_with("@seamapi/types", "zod")
    package = json.loads((folder / "@seamapi/types/package.json").read_text("utf-8"))
    named = [f"@seamapi/types@{package['version']}", f"seam=={metadata.version('seam')} (Python)"]
    if named != load("resources.json")["derived_from"]:
        pytest.skip(f"the data is derived from {load('resources.json')['derived_from']}")
    code = 'console.log(JSON.stringify(require("@seamapi/types/connect").openapi))'
    environment = {**os.environ, "NODE_PATH": str(folder)}
    shown = subprocess.run([node, "-e", code], env=environment, capture_output=True, check=True)
    (tmp_path / "openapi.json").write_bytes(shown.stdout)
    script = Path(__file__).parents[2] / ".ci" / "world_data.py"
    words = [str(script), str(tmp_path / "openapi.json"), named[0], str(tmp_path)]
    subprocess.run([sys.executable, *words], check=True)
    for name in ("resources.json", "operations.json"):
        assert json.loads((tmp_path / name).read_text("utf-8")) == load(name)
