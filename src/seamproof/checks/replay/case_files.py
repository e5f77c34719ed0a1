"""
Case files, and what the last run and the last replays found: the directory `.seamproof`.

A case that this machine made has a tag. Of any other only the requests are used: where to aim and
what to import must come from the user.
"""

from __future__ import annotations

import hmac
import json
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.atomic_files import write_atomically
from seamproof.checks.replay.cases import aim_json, case_from, case_json, cases_of, without_places
from seamproof.errors import UsageError, nearest_names
from seamproof.json_types import parse_json
from seamproof.signing.project_key import DIRECTORY, keep_out_of_git, read_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.model.options import RunOptions
    from seamproof.checks.model.results import Result
    from seamproof.checks.replay.cases import Case
    from seamproof.checks.reporting.view import ReportView
    from seamproof.json_types import JsonMapping, JsonObject

CASES: Final = DIRECTORY / "cases"
#: Options that do not change which events a check sends.
_WITHOUT_INFLUENCE: Final = frozenset(
    (
        *("accept", "app_dir", "breaker", "catch_up", "kind", "path", "rate", "remote"),
        *("seam_endpoint_env", "secret_env", "settle", "state", "world"),
    )
)
_LAST_RUN: Final = "last_run.json"
#: Which cases were deleted because their check has passed since, and when; the last ones.
_CLEARED: Final = "cleared_cases.json"
_REMEMBERED: Final = 1_000
#: The most bytes of a case file that are read.
_MAX_SIZE: Final = 64_000_000


def save_cases(view: ReportView, options: RunOptions) -> tuple[tuple[Case, ...], str]:
    """
    Make a case of each failure of a run, and write their files; delete outdated ones.

    Returns:
        The cases, and why they could not be written; empty if they were.
    """
    cases = cases_of(view, options)
    problem = write_cases(cases)
    if not problem and CASES.is_dir():
        with suppress(OSError):
            _delete_fixed(view, options)
            _write_last_run(view, options, cases)
    return cases, problem


def write_cases(cases: Iterable[Case], directory: Path = CASES) -> str:
    """
    Write a file for each case, in the place of an earlier one of the same failure.

    Returns:
        Why they could not be written; empty if they were.
    """
    several = list(cases)
    if not several:
        return ""
    try:
        for folder in (directory.parent, directory):
            if folder.is_symlink():
                return f"{folder}: no case files: it is a symbolic link"
        key = read_key(directory.parent, create=True)
        if directory == CASES:
            keep_out_of_git()
        for case in several:
            document = case_json(case)
            tagged = {**document, "tag": _tag(document, key)}
            text = json.dumps(tagged, indent=2) + "\n"
            write_atomically(directory / f"{case.id}.json", text)
    except OSError as problem:
        return f"{problem.filename or directory}: no case files: {problem.strerror}"
    return ""


def find_case(name: str, directory: Path = CASES) -> Path:
    """
    Find the file of a case by its id, by the beginning of its id, or by its path.

    Raises:
        UsageError: There is no such case, or no longer, because its check has passed since.
    """
    path = Path(name)
    if path.suffix == ".json" or path.is_file():
        return path
    known = sorted(one.stem for one in directory.glob("*.json"))
    found = [one for one in known if one == name] or [one for one in known if one.startswith(name)]
    if len(found) == 1:
        return directory / f"{found[0]}.json"
    if not found:
        _refuse_cleared(name, directory)
    what = "several cases begin like this" if found else "there is no such case"
    near = found or nearest_names(name, known, cutoff=0.5)
    cure = f"did you mean {' or '.join(near[:3])}?" if near else "`seamproof check` writes them"
    raise UsageError(what, where=str(directory), found=name, cure=cure)


def _refuse_cleared(name: str, directory: Path) -> None:
    """
    Say that a case was deleted, if it was.

    Raises:
        UsageError: Its check has passed since.
    """
    for case, cleared in sorted(_cleared(directory.parent).items()):
        if case.startswith(name):
            check = case.rpartition("-")[0]
            what = f"the case was deleted: {check} passed at {cleared}"
            cure = f"`seamproof check --select {check}` looks whether it still does"
            raise UsageError(what, where=str(directory), found=case, cure=cure)


def _cleared(directory: Path) -> dict[str, str]:
    path = directory / _CLEARED
    try:
        document = _read_json(path, "list of deleted cases") if path.exists() else {}
    except UsageError:
        document = {}
    members = document.items() if isinstance(document, dict) else ()
    return {name: cleared for name, cleared in members if isinstance(cleared, str)}


def read_case(path: Path, directory: Path = CASES) -> Case:
    """
    Read a case file. One that this machine did not make says only what was sent.

    Raises:
        UsageError: It cannot be read, or is no case.
    """
    document = _read_json(path, "case")
    if not isinstance(document, dict):
        what = "the file holds no case"
        raise UsageError(what, where=str(path))
    tag = document.pop("tag", "")
    try:
        case = case_from(document)
    except UsageError as problem:
        raise UsageError(problem.what, where=str(path), found=problem.found) from problem
    return case if _is_own(document, tag, directory) else without_places(case)


def _read_json(path: Path, noun: str) -> object:
    try:
        if path.stat().st_size > _MAX_SIZE:
            what = f"the {noun} is too large"
            raise UsageError(what, where=str(path), expected=f"at most {_MAX_SIZE:,} bytes")
        document: object = parse_json(path.read_text(encoding="utf-8"))
    except OSError as problem:
        what = f"the {noun} cannot be read: {problem.strerror}"
        raise UsageError(what, where=str(path)) from problem
    except (ValueError, RecursionError) as problem:
        what = f"the {noun} is not JSON: {problem}"
        raise UsageError(what, where=str(path)) from problem
    return document


def _tag(document: JsonMapping, key: bytes) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), sha256).hexdigest()


def _is_own(document: JsonMapping, tag: object, directory: Path) -> bool:
    key = read_key(directory.parent, create=False)
    return bool(key) and hmac.compare_digest(str(tag).encode(), _tag(document, key).encode())


def _delete_fixed(view: ReportView, options: RunOptions) -> None:
    """
    Delete the cases of the same target whose check has passed, if it has sent their input again.
    """
    cleared = dict[str, str]()
    now = datetime.now().astimezone().isoformat(" ", "seconds")
    for result in view.report.results:
        for path in CASES.glob(f"{result.check.id}-*.json") if result.status == "passed" else ():
            with suppress(UsageError):
                if _was_tried(read_case(path).options, options, result):
                    path.unlink()
                    cleared[path.stem] = now
    if cleared:
        known = [*(_cleared(DIRECTORY) | cleared).items()][-_REMEMBERED:]
        write_atomically(DIRECTORY / _CLEARED, json.dumps(dict(known), indent=2) + "\n")


def _was_tried(found_by: RunOptions, options: RunOptions, result: Result) -> bool:
    """
    Whether a run has sent what a case has, as far as its options show.

    It has if the check ran whole for the same events, or as in the run that has found the case.
    """
    then, now = aim_json(found_by), aim_json(options)
    differing = {name for name in now if then[name] != now[name]} - _WITHOUT_INFLUENCE
    if result.is_whole:
        differing.discard("quick")
        if options.events == "*":
            differing.discard("events")
        if not result.check.is_random:
            differing.discard("seed")
    return not differing


def _write_last_run(view: ReportView, options: RunOptions, cases: Iterable[Case]) -> None:
    failing = [one.check.id for one in view.report.results if one.failures]
    document = {
        "target": aim_json(options)["target"],
        "checks": failing,
        "cases": [case.id for case in cases],
        "right": [],
    }
    write_atomically(DIRECTORY / _LAST_RUN, json.dumps(document, indent=2) + "\n")


def _last_run() -> JsonObject:
    path = DIRECTORY / _LAST_RUN
    document = _read_json(path, "record of the last run") if path.exists() else {}
    if not isinstance(document, dict):
        return {}
    # A list of texts, whatever the file has.
    lists = {
        name: [one for one in members if isinstance(one, str)]
        for name, members in document.items()
        if isinstance(members, list)
    }
    return {"target": document.get("target")} | lists


def checks_failed_last() -> tuple[str, ...]:
    """
    List the ids of the checks that failed in the last run.
    """
    return tuple(map(str, _last_run().get("checks", ())))


def cases_to_replay(which: str) -> list[Path]:
    """
    List case files: `all`, those of the `last` run, or of these those that still `failed`.

    Raises:
        UsageError: There is none.
    """
    last = _last_run()
    right = {*last.get("right", ())} if which == "failed" else set()
    names = [str(one) for one in last.get("cases", ()) if one not in right]
    files = sorted(CASES.glob("*.json")) if which == "all" else [CASES / f"{n}.json" for n in names]
    found = [path for path in files if path.is_file()]
    if not found:
        what, cure = "there is no case to replay", "`seamproof check` writes them"
        raise UsageError(what, where=str(CASES), cure=cure)
    return found


def record_replays(right: Iterable[str], wrong: Iterable[str]) -> None:
    """
    Remember which cases the handler did right when they were replayed.
    """
    last = _last_run()
    if last:
        with suppress(OSError):
            known = ({*last.get("right", ())} | {*right}) - {*wrong}
            write_atomically(DIRECTORY / _LAST_RUN, json.dumps({**last, "right": sorted(known)}))
