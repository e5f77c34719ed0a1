"""
`seamproof import`: recorded events become fixtures, which `emit` sends with new signatures.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seamproof.events import Event
from seamproof.schemas import is_valid
from seamproof.signing import verify
from seamproof.strategies import Sampler
from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from tests.cli.runner import Run

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENTS = list(Sampler(5).events("lock.*", count=4))


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An empty directory is the current one.
    """
    monkeypatch.chdir(tmp_path)


def listed(name: str = "events.json") -> str:
    """
    Write an answer of `/events/list`.
    """
    Path(name).write_text(json.dumps({"events": EVENTS, "ok": True}))
    return name


def test_recordings_are_imported_and_sent(seamproof: Run) -> None:
    """
    Each event becomes a file without its ids; a handler accepts all of them.
    """
    done = seamproof("import", listed(), "--to", "fixtures")
    files = sorted(Path("fixtures").iterdir())
    with receiving() as handler:
        sent = seamproof("emit", "--file", "fixtures", "--to", handler.url, "--secret", SECRET)

    assert done.status == sent.status == 0
    assert "events.json: 4 events, 4 new\nevery event fits the contract" in done.stdout
    assert handler.bodies == [one.read_bytes().strip() for one in files]
    for got, event in zip(handler.received, EVENTS, strict=True):
        assert verify(got.body, got.headers, SECRET, now=float(got.headers["svix-timestamp"]))
        assert is_valid(json.loads(got.body))
        assert not [one for one in ids_of(event) if one in got.body.decode()]
    assert Path(".seamproof/.gitignore").read_text() == "*\n"


def ids_of(event: dict[str, object]) -> list[str]:
    """
    List the ids of an event.
    """
    return [str(value) for name, value in event.items() if name.endswith("_id")]


def test_a_second_import_has_the_same_replacements(seamproof: Run) -> None:
    """
    Runs agree on the replacements, so nothing is written twice.
    """
    seamproof("import", listed(), "--to", "fixtures")
    before = {one: one.read_bytes() for one in Path("fixtures").iterdir()}

    again = seamproof("import", listed("again.json"), "--to", "fixtures", "--format", "json")

    document = json.loads(again.stdout)
    assert document["summary"] == {"events": 4, "written": 0, "present": 4, "skipped": 0}
    assert {one: one.read_bytes() for one in Path("fixtures").iterdir()} == before


def test_originals_are_kept_on_request(seamproof: Run) -> None:
    """
    With --no-pseudonymise the bytes are those of the recording; no key is made.
    """
    Path("one.ndjson").write_bytes(b" " + Event.of(EVENTS[0]).body + b"\n")

    done = seamproof("import", "one.ndjson", "--to", "fixtures", "--no-pseudonymise")

    (file,) = Path("fixtures").iterdir()
    assert done.status == 0
    assert file.name == f"{EVENTS[0]['event_type']}-{EVENTS[0]['event_id']}.json"
    assert file.read_bytes() == Event.of(EVENTS[0]).body + b"\n"
    assert not Path(".seamproof").exists()


def test_what_is_skipped_is_reported_by_file(seamproof: Run) -> None:
    """
    The reasons are grouped, with the first places; drift is named by property.
    """
    odd = {**EVENTS[0], "future_ids": []}
    entry = {"request": {"method": "GET"}, "response": {"content": {"size": 0}}}
    post = {"request": {"postData": {"text": json.dumps(odd)}}}
    Path("in").mkdir()
    Path("in/a.har").write_text(json.dumps({"log": {"entries": [entry] * 5 + [post]}}))
    Path("in/b.json").write_text("nonsense")

    done = seamproof("import", "in")

    assert done.status == 0
    assert "in/a.har: 1 event, 1 new" in done.stdout
    assert "line 1, entry 3 and 2 more: it has no body" in done.stdout
    assert "in/b.json: 0 events, 0 new\n  skipped line 1: it is not JSON" in done.stdout
    assert "future_ids: unknown, 1 event (lock." in done.stdout
    assert len([*Path("tests/fixtures/seam").iterdir()]) == 1


@pytest.mark.parametrize(
    ("words", "status"),
    [(["missing.json"], 2), (["no.json"], 1), (["events.json", "--to", "no.json/x"], 2)],
)
def test_an_import_without_events_fails(seamproof: Run, words: list[str], status: int) -> None:
    """
    A file that is not there, that has no event, or a directory that cannot be.
    """
    listed()
    Path("no.json").write_text("{}")

    assert seamproof("import", *words).status == status
