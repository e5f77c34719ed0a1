"""
The changes between the versions 3.0.0 to 3.18.0 of the Python SDK, found as they were.

`sdk_history.json` has the facts of each version, collected from the registry by
`.ci/sdk_history.py`. What is expected is computed from the facts alone.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.schemas.derive.derivation import derive
from seamproof.schemas.diff.changes import changes
from seamproof.schemas.diff.sdk import compare_sdk
from seamproof.schemas.sources.sdk.python_sdk import read_python_sdk
from seamproof.schemas.sources.source import ANY_EVENT, Source, SourceEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.schemas.diff.versions import Contracts

Facts = dict[str, dict[str, Any]]
HISTORY: Final[dict[str, Facts]] = json.loads(
    Path(__file__).with_name("sdk_history.json").read_text("utf-8")
)


def facts_of_versions() -> dict[str, Facts]:
    """
    Add up the differences of the versions.
    """
    versions: dict[str, Facts] = {}
    current: Facts = {}
    for version, differences in HISTORY.items():
        merged = {**current, **differences}
        current = {name: facts for name, facts in merged.items() if facts}
        versions[version] = current
    return versions


VERSIONS: Final = facts_of_versions()
#: Between 3.5.0 and 3.6.0 one class became one for each event.
PAIRS: Final = [
    pair for pair in pairwise(VERSIONS) if len({ANY_EVENT in VERSIONS[one] for one in pair}) == 1
]


def source_of(facts: Facts) -> str:
    """
    Write the Python SDK that has these facts.
    """
    lines = []
    for number, event in enumerate(facts.values()):
        notes = [f"    :ivar {name}: Deprecated: gone." for name in event.get("deprecated", ())]
        notes += ["    .. deprecated::\n       Gone."] * bool(event.get("event_deprecated"))
        lines += [f"class E{number}:", '    """', "\n\n".join(notes), '    """']
        for nested, fields in event.get("nested", {}).items():
            lines += [f"    class {nested}:", *(f"        {n}: {of}" for n, of in fields.items())]
        lines += [f"    {name}: {of}" for name, of in event["fields"].items()]
    return "\n".join(lines) + "\n"


def read(facts: Facts) -> tuple[SourceEvent, ...]:
    """
    Parse the Python SDK that has these facts.
    """
    return read_python_sdk(source_of(facts), Source("python", "seam"), "seam_event.py")


def contracts_of(facts: Facts) -> Contracts:
    """
    Derive the schemas of a version; a class that describes all events is one of them.
    """
    events = read(facts)
    if ANY_EVENT not in facts:
        return dict(derive((), (), events).schemas)
    properties = {name: dict(one) for name, one in events[0].properties.items()}
    return {ANY_EVENT: {"properties": properties, "required": sorted(events[0].required)}}


def expected_changes(old: Facts, new: Facts) -> Iterator[tuple[str, str, str]]:
    """
    Compare the facts of two versions: event type, pointer, kind of change.
    """
    for event_type in sorted({*old, *new}):
        if event_type not in new or event_type not in old:
            kind = "event_added" if event_type in new else "event_removed"
            yield event_type, "", kind
            continue
        was, now = old[event_type], new[event_type]
        if was.get("event_deprecated") != now.get("event_deprecated"):
            gained = now.get("event_deprecated")
            yield event_type, "", "event_deprecated" if gained else "event_undeprecated"
        for name in {*was.get("deprecated", ())} ^ {*now.get("deprecated", ())}:
            gained = name in now.get("deprecated", ())
            if name in was["fields"] and name in now["fields"]:
                kind = "property_deprecated" if gained else "property_undeprecated"
                yield event_type, f"/{name}", kind
        for pointer, kind in compare_fields(was["fields"], now["fields"], was, now):
            yield event_type, pointer, kind


def compare_fields(
    before: dict[str, str], after: dict[str, str], was: dict[str, Any], now: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """
    Compare the annotations of one class.
    """
    for name in sorted({*before, *after}):
        pointer = f"/{name.rstrip('_')}"
        if name not in before or name not in after:
            yield pointer, "property_added" if name in after else "property_removed"
            continue
        sides = before[name], after[name]
        optional = [side.startswith("Optional[") for side in sides]
        if optional[0] != optional[1]:
            yield pointer, "property_optional" if optional[1] else "property_required"
        bare = [
            side[len("Optional[") : -1] if is_optional else side
            for side, is_optional in zip(sides, optional, strict=True)
        ]
        # The values of a dictionary have a pointer of their own.
        values = "/*" if all(side.startswith("Dict") for side in bare) else ""
        yield from ((pointer + values, kind) for kind in compare_types(*bare))
        for nested in was.get("nested", {}).keys() & now.get("nested", {}).keys():
            if all(nested in side.replace("[", " ").replace("]", " ").split() for side in bare):
                item = "/*" if bare[1].startswith("List[") else ""
                fields = was["nested"][nested], now["nested"][nested]
                for path, kind in compare_fields(*fields, was, now):
                    yield f"{pointer}{item}{path}", kind


def compare_types(before: str, after: str) -> Iterator[str]:
    """
    Compare two annotations without `Optional`.
    """
    if before == after:
        return
    if before.startswith("Literal") and after.startswith("Literal"):
        was, now = (set(ast.literal_eval(f"[{side[8:-1]}]")) for side in (before, after))
        yield from ["value_added"] * len(now - was) + ["value_removed"] * len(was - now)
    elif "Literal" in before + after:
        yield "values_closed" if after.startswith("Literal") else "values_opened"
    elif before.startswith("Dict") and after.startswith("Dict"):
        # Of what could be anything, null is excluded as well.
        yield from ["type_narrowed", "null_excluded"] if "Any" in before else ["type_changed"]
    else:
        yield "type_changed"


@pytest.mark.parametrize(
    ("old", "new"),
    [*(pytest.param(*one, marks=pytest.mark.slow) for one in PAIRS[:-8]), *PAIRS[-8:]],
)
def test_every_change_is_reported_once(old: str, new: str) -> None:
    """
    Each change between neighbours is reported once, as the facts have it, and nothing else.
    """
    facts = VERSIONS[old], VERSIONS[new]
    found = changes(*map(contracts_of, facts))
    reported = [(one.event_type, one.pointer, one.kind) for one in found]

    assert Counter(reported) == Counter(expected_changes(*facts))


def test_there_are_changes_to_find() -> None:
    """
    The history has changes of several kinds, of events and of properties.
    """
    found = [
        kind for old, new in PAIRS for *_, kind in expected_changes(VERSIONS[old], VERSIONS[new])
    ]
    assert {"property_added", "value_added", "property_removed", "property_deprecated"} <= {*found}
    assert len(VERSIONS) == 33


def test_one_class_for_all_events_against_one_class_for_each() -> None:
    """
    Between 3.5.0 and 3.6.0 the SDK went from one class to one for each event: names are compared.
    """
    known = dict(derive((), (), read(VERSIONS["3.6.0"])).schemas)
    found = changes(*compare_sdk(known, read(VERSIONS["3.5.0"])))
    names = {name for event in VERSIONS["3.6.0"].values() for name in event["fields"]}
    before = {*VERSIONS["3.5.0"][ANY_EVENT]["fields"]}

    assert {(one.pointer, one.kind) for one in found} == {
        (f"/{name}", "property_removed") for name in names - before
    }


def test_the_installed_sdk_has_the_facts_of_its_version() -> None:
    """
    The parser finds in the real file what the facts of 3.18.0 have.
    """
    from seamproof.schemas.sources.sdk.packages import find_sdk_files  # noqa: PLC0415

    (file,) = find_sdk_files("seam")
    if file.version not in VERSIONS:
        pytest.skip(f"the installed version {file.version} is not in the history")
    real, written = (
        {one.event_type: (one.properties, one.required, one.deprecated) for one in events}
        for events in (file.events(file.source), read(VERSIONS[file.version]))
    )
    assert real == written
