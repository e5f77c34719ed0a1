"""
The directory `.seamproof`: what is kept between runs, and what of a foreign case is used.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.replay.case_files import (
    CASES,
    cases_to_replay,
    checks_failed_last,
    find_case,
    read_case,
    record_replays,
    save_cases,
    write_cases,
)
from seamproof.checks.replay.cases import case_from, case_json, cases_of
from seamproof.errors import UsageError
from tests.checks.reported import OPTIONS, failure, result, view_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seamproof.checks.replay.cases import Case

AIMED = replace(OPTIONS, state="app:look", breaker="app:break_", app_dir="there")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    An empty directory, which is the current one.
    """
    monkeypatch.chdir(tmp_path)
    return tmp_path


def case() -> Case:
    """
    A case with places in its aim.
    """
    (one,) = cases_of(view_of(result("signature.stale", "failed", failure())), AIMED)
    return one


def test_a_case_of_this_machine_keeps_its_aim(project: Path) -> None:
    """
    The key is private, and git ignores the directory.
    """
    assert write_cases([case()]) == ""

    assert read_case(CASES / f"{case().id}.json") == case()
    assert (project / ".seamproof/key").stat().st_mode & 0o777 == 0o600
    assert (project / ".seamproof/.gitignore").read_text() == "*\n"


def edited(path: Path, key: Path) -> None:
    """
    Change what is imported.
    """
    del key
    document = json.loads(path.read_text())
    document["aim"]["state"] = "builtins:exec"
    path.write_text(json.dumps(document))


def untagged(path: Path, key: Path) -> None:
    """
    Remove the tag, as in a file of an earlier version.
    """
    del key
    document = json.loads(path.read_text())
    del document["tag"]
    path.write_text(json.dumps(document))


def with_readable_key(path: Path, key: Path) -> None:
    """
    Let others read the key, as one that came with a repository.
    """
    del path
    key.chmod(0o644)


def with_linked_key(path: Path, key: Path) -> None:
    """
    Put a symbolic link in the place of the key.
    """
    del path
    key.rename(key.with_name("other"))
    key.symlink_to(key.with_name("other"))


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("change", [edited, untagged, with_readable_key, with_linked_key])
def test_a_foreign_case_says_only_what_was_sent(change: Callable[[Path, Path], None]) -> None:
    """
    Where to aim, what to import and which variable to read is left out of it.
    """
    write_cases([case()])
    path = CASES / f"{case().id}.json"
    change(path, CASES.parent / "key")

    foreign = read_case(path)

    options = foreign.options
    assert (options.target, options.state, options.breaker, options.app_dir) == (
        "",
        None,
        None,
        ".",
    )
    assert foreign.requests == case().requests
    assert options.seed == AIMED.seed


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("name", [".seamproof", ".seamproof/cases"])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str) -> None:
    """
    A directory that is a symbolic link is refused; a file that is one is replaced.
    """
    outside = tmp_path / "outside"
    outside.mkdir()
    link = tmp_path / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside)

    assert "symbolic link" in write_cases([case()])
    assert not [*outside.iterdir()]


@pytest.mark.usefixtures("project")
def test_a_linked_case_file_is_replaced(tmp_path: Path) -> None:
    """
    What the link leads to keeps its content.
    """
    victim = tmp_path / "victim"
    victim.write_text("mine")
    CASES.mkdir(parents=True)
    path = CASES / f"{case().id}.json"
    path.symlink_to(victim)

    assert write_cases([case()]) == ""

    assert victim.read_text() == "mine"
    assert not path.is_symlink()


BAD: dict[str, dict[str, Any]] = {
    "a body that unpacks without end": {
        "body_zlib": base64.b64encode(zlib.compress(b"0" * 17_000_000)).decode()
    },
    "a line break in a header": {"headers": [["svix-id", "a\r\nx: y"]]},
    "a header without a name": {"headers": [["", "a"]]},
    "a method with a blank": {"method": "GET /other"},
}


@pytest.mark.parametrize("members", BAD.values(), ids=BAD)
def test_a_request_that_cannot_be_sent_is_refused(members: dict[str, Any]) -> None:
    """
    A case is data of anybody: each member is checked.
    """
    document = case_json(case())
    document["requests"][0] |= members

    with pytest.raises(UsageError, match="the file holds no case"):
        case_from(document)


@pytest.mark.usefixtures("project")
def test_cases_are_deleted_when_their_check_passes() -> None:
    """
    Those of another check and of another target stay.
    """
    stale = result("signature.stale", "failed", failure())
    future = result("signature.future", "failed", failure())
    other = replace(OPTIONS, target="other:app")
    save_cases(view_of(stale), other)
    save_cases(view_of(stale, future), OPTIONS)
    assert checks_failed_last() == ("signature.stale", "signature.future")
    before = {path.name for path in CASES.iterdir()}

    save_cases(view_of(result("signature.stale", "passed"), future), OPTIONS)

    gone = before - {path.name for path in CASES.iterdir()}
    (own,) = cases_of(view_of(stale), OPTIONS)
    assert gone == {f"{own.id}.json"}
    assert checks_failed_last() == ("signature.future",)
    with pytest.raises(UsageError, match=r"deleted: signature\.stale passed at 20\d\d-") as caught:
        find_case(own.id[:-2])
    assert "check --select signature.stale" in str(caught.value.cure)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("options", "whole", "is_deleted"),
    [
        ({}, True, True),
        ({"seed": 8}, True, True),
        ({"quick": True}, True, True),
        ({"quick": True}, False, False),
        ({"events": "camera.*"}, True, False),
        ({"overrides": ("device_id=1",)}, True, False),
    ],
)
def test_a_case_stays_until_its_input_was_sent_again(
    options: dict[str, Any], *, whole: bool, is_deleted: bool
) -> None:
    """
    A quick run that left something out, or a run with other events, deletes no case.
    """
    save_cases(view_of(result("payload.nulls", "failed", failure())), OPTIONS)

    passed = replace(result("payload.nulls", "passed"), is_whole=whole)
    save_cases(view_of(passed), replace(OPTIONS, **options))

    assert bool([*CASES.iterdir()]) is not is_deleted


@pytest.mark.usefixtures("project")
def test_a_quick_run_deletes_the_cases_of_the_same_quick_run() -> None:
    """
    Of another seed it may send others.
    """
    quick = replace(OPTIONS, quick=True)
    passed = view_of(replace(result("payload.nulls", "passed"), is_whole=False))
    save_cases(view_of(result("payload.nulls", "failed", failure())), quick)

    save_cases(passed, replace(quick, seed=8))
    assert [*CASES.iterdir()]
    save_cases(passed, quick)
    assert not [*CASES.iterdir()]


@pytest.mark.usefixtures("project")
def test_cases_are_chosen_by_run_and_replay() -> None:
    """
    All, those of the last run, and those of it that still fail.
    """
    with pytest.raises(UsageError, match="no case to replay"):
        cases_to_replay("all")
    first = view_of(result("signature.stale", "failed", failure()))
    last = view_of(
        result("payload.nulls", "failed", failure()),
        result("signature.future", "failed", failure()),
    )
    save_cases(first, OPTIONS)
    save_cases(last, OPTIONS)
    nulls, future = (one.id for one in cases_of(last, OPTIONS))

    record_replays([nulls], [future])

    assert len(cases_to_replay("all")) == 3
    assert {path.stem for path in cases_to_replay("last")} == {nulls, future}
    assert [path.stem for path in cases_to_replay("failed")] == [future]
    record_replays([], [nulls])
    assert len(cases_to_replay("failed")) == 2


def test_a_case_is_no_larger_than_it_can_be(tmp_path: Path) -> None:
    """
    A file of many megabytes is not read.
    """
    path = tmp_path / "case.json"
    with path.open("wb") as file:
        file.truncate(65_000_000)

    with pytest.raises(UsageError, match="too large"):
        read_case(path)
    path.write_text("[" * 100_000)
    with pytest.raises(UsageError, match="not JSON"):
        read_case(path)
