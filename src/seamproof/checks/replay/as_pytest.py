"""
Writes the failures of a run as regression tests: a short module, and a case file for each.
"""

from __future__ import annotations

import json
from pprint import pformat
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.options import RunOptions
from seamproof.checks.replay.cases import PLACES, aim_json, case_json
from seamproof.formats import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seamproof.checks.replay.cases import Case
    from seamproof.json_types import JsonObject

_MODULE: Final = '''"""
Failures that `seamproof check` found at {target}: each test passes once the handler is fixed.

The secret is that of {variable}; without one, a handler that is run in this process gets a new
one. SEAMPROOF_TARGET names another target.
"""

import os
from pathlib import Path

import pytest

from seamproof.checks import replaying

AIM = {aim}
CASES = sorted((Path(__file__).parent / "{folder}").glob("*.json"))


@pytest.fixture(scope="module")
def handler():
    """
    Open the handler.
    """
    aim = AIM | {{"target": os.environ.get("SEAMPROOF_TARGET", AIM["target"])}}
    with replaying(aim{remote}) as opened:
        yield opened


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_failure(handler, case):
    """
    Send a case again, signed anew.
    """
    handler.test(case)
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
#: The members of `aim` that open the handler; where they are the default, they are left out.
_OPENING: Final = (*sorted(PLACES - {"remote"}), "rate", "settle")


def as_pytest(target: str, cases: Sequence[Case], path: Path) -> dict[Path, str]:
    """
    Write a module that sends each case, and the cases as JSON files in a folder beside it.

    Case files of earlier runs stay: they are regression tests of what was fixed. So does the
    module, if there is no new case.

    Args:
        target: What was checked, without a password.
        cases: Of one run.
        path: The file of the module.

    Returns:
        The text of each file.
    """
    if not cases:
        nothing = _NOTHING.format(target=_in_docstring(target))
        return {} if path.exists() else {path: nothing}
    options = cases[0].options
    folder = f"{path.stem}_cases"
    given = aim_json(options)
    defaults = aim_json(RunOptions(target="", seed=0))
    aim = {name: given[name] for name in _OPENING if given[name] != defaults[name]}
    text = _MODULE.format(
        target=_in_docstring(target),
        variable=options.secret_env,
        aim=pformat(aim, width=90, sort_dicts=False),
        folder=folder,
        remote=", allow_remote=True" if options.allow_remote else "",
    )
    files = {path.parent / folder / f"{one.id}.json": _case_text(one, defaults) for one in cases}
    return {path: text, **files}


def _case_text(case: Case, defaults: JsonObject) -> str:
    """
    Write what is sent and what is expected; not where to aim, nor what was measured.
    """
    document = case_json(case, small=True)
    aim = {
        name: value
        for name, value in document["aim"].items()
        if name not in PLACES and (value != defaults[name] or name == "seed")
    }
    received = {name: document["received"].get(name) for name in ("status", "exception")}
    return json.dumps({**document, "received": received, "aim": aim}, indent=2) + "\n"


def _in_docstring(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', "'")
