"""
Writes the failures of a run as a module of regression tests.
"""

from __future__ import annotations

import re
from collections import Counter
from pprint import pformat
from textwrap import indent
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.options import RunOptions
from seamproof.checks.replay.cases import aim_json, case_json
from seamproof.formats import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.replay.cases import Case
    from seamproof.json_types import JsonObject

_HEAD: Final = '''"""
Failures that `seamproof check` found at {target}: each test passes once the handler is fixed.

The signing secret is that of SEAM_WEBHOOK_SECRET; without one, a handler that is run in this
process gets a new one. SEAMPROOF_TARGET names another target. Requests are signed anew.
"""

import os

import pytest

from seamproof.checks import replaying

{aim}


@pytest.fixture(scope="module")
def handler():
    """
    Open the handler.
    """
    aim = AIM | {{"target": os.environ.get("SEAMPROOF_TARGET", AIM["target"])}}
    with replaying(aim{remote}) as opened:
        yield opened
'''

_TEST: Final = '''

def {name}(handler):
    """
    {docstring}
    """
    handler.test(
{case}
    )
'''

_NOTHING: Final = '''"""
`seamproof check` found no failure at {target}.
"""

import pytest


def test_nothing_was_found():
    """
    There is no failure to guard against yet.
    """
    pytest.skip("seamproof check found no failure")
'''


def as_pytest(target: str, cases: Iterable[Case]) -> str:
    """
    Write a module with a test for each case.

    Args:
        target: What was checked, without a password.
        cases: Of one run.
    """
    several = list(cases)
    if not several:
        return _NOTHING.format(target=_in_docstring(target))
    options = several[0].options
    text = _HEAD.format(
        target=_in_docstring(target),
        aim=f"AIM = {_shown(_without_defaults(options), 6)}",
        remote=", allow_remote=True" if options.allow_remote else "",
    )
    names: Counter[str] = Counter()
    for case in several:
        name = "test_" + re.sub(r"\W", "_", case.id)
        names[name] += 1
        text += _TEST.format(
            name=name if names[name] == 1 else f"{name}_{names[name]}",
            docstring=_in_docstring(f"{case.title}: {case.expected}"),
            case=indent(_shown(case_json(case, small=True), 8), " " * 8) + ",",
        )
    return text


def _without_defaults(options: RunOptions) -> JsonObject:
    """
    Take the members of `aim` that are about the target and not the default.
    """
    defaults = aim_json(RunOptions(target="", seed=0))
    names = (
        "target",
        "kind",
        "path",
        "app_dir",
        "state",
        "breaker",
        "secret_env",
        "rate",
        "settle",
    )
    return {
        name: value
        for name, value in aim_json(options).items()
        if name in names and value != defaults[name]
    }


def _shown(value: object, column: int) -> str:
    return pformat(value, width=100 - column, sort_dicts=False)


def _in_docstring(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', "'")
