"""
Changes the pure modules at random places, and counts how many changes the tests of the room notice.

Run by hand: `python .ci/mutants.py [--count 60] [--seed 1] [--only signing]`.
A survivor is printed with its line: either a test is missing, or the change means the same.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "src/seamproof"

#: The tests of each module.
MODULES: Final = {
    "signing/signature.py": ["tests/signing"],
    "signing/verification.py": ["tests/signing"],
    "signing/secret.py": ["tests/signing"],
    "mock_server/model/retry_schedule.py": ["tests/mock_server/model"],
    "mock_server/model/durations.py": ["tests/mock_server/model"],
    "mock_server/delivery/auto_disable.py": ["tests/mock_server/delivery"],
    "schemas/validation/contract.py": ["tests/schemas/validation", "tests/schemas"],
    "schemas/validation/strict.py": ["tests/schemas/validation", "tests/schemas"],
    "schemas/diff/changes.py": ["tests/schemas/diff"],
    "checks/state/diff.py": ["tests/checks/state"],
    "checks/state/normaliser.py": ["tests/checks/state"],
    "json_types.py": ["tests/test_json_types.py"],
    "urls.py": ["tests/test_urls.py"],
}
#: Seconds until a mutant that does not end counts as noticed.
TIMEOUT: Final = 300

COMPARISONS: Final = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS: Final = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult}


def main() -> None:
    """
    Try a sample of mutants, print the survivors, and the share that was noticed.
    """
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="", help="the beginning of a module's path")
    given = options.parse_args()
    modules = [one for one in MODULES if one.startswith(given.only)]
    places = [(module, index) for module in modules for index in range(_count(module))]
    sample = random.Random(given.seed).sample(places, min(given.count, len(places)))
    noticed = sum(_try(module, index) for module, index in sorted(sample))
    print(f"{noticed} of {len(sample)} noticed, {noticed / len(sample):.0%}")


def _count(module: str) -> int:
    return sum(1 for _ in _mutants((SOURCE / module).read_text(encoding="utf-8")))


def _try(module: str, index: int) -> bool:
    """
    Put one mutant in the place of a module while its tests run.
    """
    path = SOURCE / module
    before = path.read_text(encoding="utf-8")
    line, text = next(one for at, one in enumerate(_mutants(before)) if at == index)
    try:
        path.write_text(text, encoding="utf-8")
        noticed = _is_noticed(MODULES[module])
    finally:
        path.write_text(before, encoding="utf-8")
    if not noticed:
        print(f"survived: src/seamproof/{module}:{line}: {before.splitlines()[line - 1].strip()}")
        print(f"    as: {_changed_line(before, text)}", flush=True)
    return noticed


def _is_noticed(tests: list[str]) -> bool:
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(  # noqa: S603 - the words are those above
            words, cwd=ROOT, capture_output=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def _mutants(text: str) -> Iterator[tuple[int, str]]:
    """
    Make each mutant of a module, with the line that is changed.
    """
    tree = ast.parse(text)
    for number, node in enumerate(ast.walk(tree)):
        for change in _changes(node):
            mutant = copy.deepcopy(tree)
            found = next(one for at, one in enumerate(ast.walk(mutant)) if at == number)
            for name, value in change.items():
                setattr(found, name, value)
            yield node.lineno, ast.unparse(ast.fix_missing_locations(mutant))  # type: ignore[attr-defined] # each has one


def _changes(node: ast.AST) -> Iterator[dict[str, object]]:
    """
    Say which attributes of a node are changed, and to what.
    """
    match node:
        case ast.Compare(ops=[one]) if type(one) in COMPARISONS:
            yield {"ops": [COMPARISONS[type(one)]()]}
        case ast.BinOp(op=one) if type(one) in OPERATORS:
            yield {"op": OPERATORS[type(one)]()}
        case ast.BoolOp(op=ast.And()):
            yield {"op": ast.Or()}
        case ast.BoolOp(op=ast.Or()):
            yield {"op": ast.And()}
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield {"op": ast.Not(), "operand": ast.UnaryOp(ast.Not(), operand)}
        case ast.Constant(value=bool() as value):
            yield {"value": not value}
        case ast.Constant(value=int() | float() as value):
            yield {"value": value + 1}
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            yield {"value": ast.Constant(None)}


def _changed_line(before: str, after: str) -> str:
    plain = ast.unparse(ast.parse(before)).splitlines()
    pairs = zip(plain, after.splitlines(), strict=False)
    return next((new.strip() for old, new in pairs if old != new), "(the end)")


if __name__ == "__main__":
    main()
