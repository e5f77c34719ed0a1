"""
Case files: written, found and read back.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.replay.case_files import find_case, read_case, write_cases
from seamproof.checks.replay.cases import case_from, case_json, cases_of
from seamproof.errors import UsageError
from tests.checks.reported import BODY, OPTIONS, failure, request, result, view_of

if TYPE_CHECKING:
    from pathlib import Path

BODIES = {
    "text": BODY,
    "no text": b"\xff\x00{",
    "nothing": b"",
    "large": BODY + b" " * 100_000,
    "odd text": '{"a": "\u2028\\ud800\x00"}\r\n'.encode(),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("small", [False, True])
def test_a_case_is_read_back_as_it_was_written(body: bytes, *, small: bool) -> None:
    """
    To the byte, and with how it was signed.
    """
    options = replace(
        OPTIONS,
        kind="wsgi",
        overrides=("a=1", "b=2"),
        accept=(range(200, 300), range(404, 405)),
        state="app:look",
    )
    sent = (
        request(),
        request("another secret", body=body, age=600, method="PUT", event_type=None),
        replace(request(), transfer="two segments"),
    )
    (case,) = cases_of(view_of(result("signature.stale", "failed", failure(sent=sent))), options)

    text = json.dumps(case_json(case, small=small))

    assert case_from(json.loads(text)) == case
    assert len(text) < 12_000 or not small


def test_each_failure_has_a_file(tmp_path: Path) -> None:
    """
    Named after its id; the next run writes the same files.
    """
    cases = cases_of(view_of(), OPTIONS)

    directory = tmp_path / "a" / "b"
    for _ in range(2):
        assert write_cases(cases, directory) == ""

    files = [directory / f"{case.id}.json" for case in cases]
    assert sorted(directory.iterdir()) == sorted(files)
    assert len(cases) == 4
    assert [read_case(file, directory) for file in files] == list(cases)


def test_no_failure_makes_no_directory(tmp_path: Path) -> None:
    """
    A good handler leaves no trace.
    """
    assert (
        write_cases(cases_of(view_of(result("a.b", "passed")), OPTIONS), tmp_path / "cases") == ""
    )
    assert not (tmp_path / "cases").exists()


def test_a_case_is_found_by_id_beginning_or_file(tmp_path: Path) -> None:
    """
    However the user names it.
    """
    (case,) = cases_of(view_of(result("signature.stale", "failed", failure())), OPTIONS)
    write_cases([case], tmp_path)
    path = tmp_path / f"{case.id}.json"

    for name in (case.id, case.id[:-3], "signature.stale", str(path)):
        assert read_case(find_case(name, tmp_path), tmp_path) == case


def test_an_unknown_id_is_an_error_with_similar_ids(tmp_path: Path) -> None:
    """
    So is a beginning that fits several, and a directory without any.
    """
    cases = cases_of(view_of(), OPTIONS)
    with pytest.raises(UsageError, match="seamproof check"):
        find_case("signature.stale", tmp_path)
    write_cases(cases, tmp_path)

    with pytest.raises(UsageError, match=r"did you mean signature\.stale-"):
        find_case("signature.stael", tmp_path)
    with pytest.raises(UsageError, match="several cases begin like this"):
        find_case("payload.nulls-"[:10], tmp_path)


BROKEN: dict[str, tuple[Any, str]] = {
    "no object": ([], "holds no case"),
    "another version": ({"version": 99}, "another version"),
    "nothing in it": ({"version": 1}, "holds no case"),
}


@pytest.mark.parametrize(("document", "told_"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_case_is_refused(document: Any, told_: str, tmp_path: Path) -> None:
    """
    With its name and what is wrong.
    """
    path = tmp_path / "case.json"
    path.write_text(json.dumps(document), encoding="utf-8")

    with pytest.raises(UsageError, match=told_) as caught:
        read_case(path)
    assert caught.value.where == str(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("requests", [{}]),
        ("requests", 7),
        ("aim", {"target": "a:b", "colour": "red", "accept": [], "overrides": []}),
        ("aim", None),
    ],
)
def test_a_case_with_a_part_that_is_none_is_refused(name: str, value: object) -> None:
    """
    A file edited by hand ends in an error that says so.
    """
    (case,) = cases_of(view_of(result("signature.stale", "failed", failure())), OPTIONS)

    with pytest.raises(UsageError, match="holds no case"):
        case_from(case_json(case) | {name: value})


@pytest.mark.parametrize(("name", "value"), [("recipe", "stir"), ("age", "old"), ("age", None)])
def test_a_request_that_cannot_be_made_is_refused(name: str, value: object) -> None:
    """
    Before anything is sent.
    """
    (case,) = cases_of(view_of(result("signature.stale", "failed", failure())), OPTIONS)
    document = case_json(case)
    document["requests"][0][name] = value

    with pytest.raises(UsageError, match="holds no case"):
        case_from(document)


def test_a_file_that_is_missing_or_no_json_is_an_error(tmp_path: Path) -> None:
    """
    Rather than a traceback.
    """
    with pytest.raises(UsageError, match="cannot be read"):
        read_case(tmp_path / "none.json")
    path = tmp_path / "case.json"
    for raw in (b"{", b"\xff"):
        path.write_bytes(raw)
        with pytest.raises(UsageError, match="not JSON"):
            read_case(path)
