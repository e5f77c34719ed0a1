"""
`seamproof world`: worlds to begin with, and troubles of a running server.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import yaml

from seamproof import MockServer
from seamproof.mock_server.world.seeds.world_file import READY
from seamproof.mock_server.world.troubles import TROUBLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.runner import Run

LOCK = "de000000-0000-4000-8000-000000000101"


def test_ready_worlds_are_listed_and_printed(seamproof: Run, tmp_path: Path) -> None:
    """
    Each ready world is listed; its file is valid by the schema that is printed, and by `check`.
    """
    assert [line.split()[0] for line in seamproof("world", "list").stdout.splitlines()] == [*READY]
    schema = json.loads(seamproof("world", "schema").stdout)
    valid = jsonschema_rs.validator_for(schema)
    for name in READY:
        text = seamproof("world", "show", name).stdout
        valid.validate(yaml.safe_load(text))
        (tmp_path / "mine.yaml").write_text(text, "utf-8")
        assert seamproof("world", "check", str(tmp_path / "mine.yaml")).stdout.startswith("valid: ")
    assert seamproof("world", "show", "moon").status == 2
    (tmp_path / "mine.yaml").write_text("devices: [{}]", "utf-8")
    done = seamproof("world", "check", str(tmp_path / "mine.yaml"))
    assert (done.status, "mine.yaml:1 devices.0" in done.stderr) == (2, True)


def test_troubles_of_a_running_server(seamproof: Run) -> None:
    """
    Troubles are listed, started, and ended, in text and in JSON.
    """
    shown = seamproof("world", "troubles", "--format", "json").stdout.splitlines()
    assert [json.loads(line)["name"] for line in shown] == [*TROUBLES]
    with MockServer(world="hotel") as server:
        where = ("--server", server.url)

        def trouble(*words: str) -> Any:
            return seamproof("world", "trouble", *words, *where)

        assert trouble().stderr == "no trouble\n"
        assert trouble("offline", "--device", LOCK).stdout == f"offline  {LOCK}\n"
        started = trouble("server_error", "--path", "/locks/*", "--format", "json").stdout
        assert [json.loads(line)["path"] for line in started.splitlines()] == ["/locks/*", "*"]
        assert "the whole world  /locks/*" in trouble().stdout
        assert trouble("offline", "--device", LOCK, "--end").stdout.count("\n") == 1
        assert [one.name for one in server.world.troubles] == ["server_error"]
        assert trouble("offlin").status == 2
