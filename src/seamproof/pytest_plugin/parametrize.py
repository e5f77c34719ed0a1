"""
`@pytest.mark.seamproof(events="lock.*")`: a test for each event type.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.errors import SeamproofError, UsageError
from seamproof.pytest_plugin.configuration import find_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKER: Final = "seamproof"
ARGUMENT: Final = "event_type"


def parametrize(metafunc: pytest.Metafunc) -> None:
    """
    Parametrize a test with the event types of its nearest marker.

    A marker of a class or module has no effect on tests that do not take the argument.
    """
    found = [*metafunc.definition.iter_markers_with_node(MARKER)]
    nearest = found[0][0]
    wrong = ""
    try:
        marks = [mark for node, mark in found if node is nearest]
        requests = [_read_marker(*mark.args, **mark.kwargs) for mark in marks]
        for argument in dict.fromkeys(argument for _, argument, _ in requests):
            mine = [one for one in requests if one[1] == argument]
            types = dict.fromkeys(
                name
                for patterns, _, hidden in mine
                for name in _types(metafunc.config, patterns, hidden=hidden)
            )
            if _takes(metafunc, argument, own=nearest is metafunc.definition):
                metafunc.parametrize(argument, [*types])
    except SeamproofError as problem:
        problem.where = f"@pytest.mark.{MARKER} of {metafunc.definition.name}"
        wrong = str(problem)
    # Outside of the except clause, so that pytest shows no other exception.
    if wrong:
        pytest.fail(wrong, pytrace=False)


def _read_marker(
    *args: object,
    events: object = None,
    argument: object = ARGUMENT,
    undocumented: object = False,
    **others: object,
) -> tuple[tuple[str, ...], str, bool]:
    """
    Read the arguments of a marker: patterns, the argument of the test, `undocumented`.
    """
    if others:
        what, expected = "the marker takes no such argument", "events, argument, undocumented"
        raise UsageError(what, expected=expected, found=", ".join(others))
    given = [*args, *([] if events is None else [events])]
    patterns = tuple(
        one for part in given for one in (part if isinstance(part, list | tuple) else [part])
    )
    if not patterns or not all(isinstance(one, str) and one for one in patterns):
        what, expected = "the marker names no event types", 'events="lock.*", or a list of these'
        raise UsageError(what, expected=expected, found=repr(given[0]) if given else "nothing")
    if not isinstance(argument, str) or not argument.isidentifier():
        what, expected = "argument is the name of one of the test's", f"as {ARGUMENT!r}"
        raise UsageError(what, expected=expected, found=repr(argument))
    return tuple(map(str, patterns)), argument, bool(undocumented)


def _types(config: pytest.Config, patterns: Iterable[str], *, hidden: bool) -> Iterable[str]:
    catalogue = find_catalogue(config)
    for pattern in patterns:
        yield from (one.event_type for one in catalogue.match(pattern, undocumented=hidden))


def _takes(metafunc: pytest.Metafunc, argument: str, *, own: bool) -> bool:
    if argument in metafunc.fixturenames:
        return True
    if own:
        what = f"the test takes no argument {argument}"
        cure = f"def {metafunc.function.__name__}({argument}, …), or argument=… in the marker"
        names = [*inspect.signature(metafunc.function).parameters]
        raise UsageError(what, found=", ".join(names) or "no arguments", cure=cure)
    return False
