"""
Changes the pure modules at random places, and counts how many changes the tests of the room notice.

Run by hand: `python .ci/mutants.py [--count 60] [--seed 1] [--only signing] [--workers 1]`.
A survivor is printed with its line: either a test is missing, or the change means the same; then
`EQUIVALENT` says why. The tree is copied: the modules that are changed are those of the copy.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
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
#: Changes that mean the same, by a part of the line as it is after the change.
EQUIVALENT: Final = {
    "@dataclass(": "no caller assigns attributes, and slots save memory only",
    "strict=": "both have the same length",
    "lru_cache(maxsize=": "the size of a cache changes no result",
    "_openings(text) >=": "a text that is not deep is only looked at more closely",
    "bool(old == new)": "values that are not found equal at once are compared in full",
    "text[": "which characters of a random secret are replaced does not matter",
    "middle = len(text)": "likewise",
}
#: What a copy of the tree has.
COPIED: Final = ("src", "tests", "docs", "examples", "conftest.py", "pyproject.toml", "README.md")
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
    options.add_argument("--workers", type=int, default=1)
    given = options.parse_args()
    modules = [one for one in MODULES if one.startswith(given.only)]
    places = [(module, index) for module in modules for index in range(_count(module))]
    sample = random.Random(given.seed).sample(places, min(given.count, len(places)))
    with ExitStack() as stack:
        copies: SimpleQueue[Path] = SimpleQueue()
        for _ in range(given.workers):
            copies.put(_copy_tree(Path(stack.enter_context(TemporaryDirectory()))))
        pool = stack.enter_context(ThreadPoolExecutor(given.workers))
        results = [*pool.map(lambda place: _try(*place, copies), sorted(sample))]
    counted = [one for one in results if one is not None]
    share = sum(counted) / max(1, len(counted))
    print(f"{sum(counted)} of {len(counted)} noticed, {share:.0%}", end="")
    print(f"; {len(results) - len(counted)} others mean the same")


def _copy_tree(folder: Path) -> Path:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def _count(module: str) -> int:
    return sum(1 for _ in _mutants((SOURCE / module).read_text(encoding="utf-8")))


def _try(module: str, index: int, copies: SimpleQueue[Path]) -> bool | None:
    """
    Put one mutant in the place of a module, in a copy of the tree, while its tests run.

    Returns:
        Whether they notice it; None where it means the same.
    """
    before = (SOURCE / module).read_text(encoding="utf-8")
    line, text = next(one for at, one in enumerate(_mutants(before)) if at == index)
    changed = _changed_line(before, text)
    if any(part in changed for part in EQUIVALENT):
        return None
    copy_of_tree = copies.get()
    path = copy_of_tree / "src/seamproof" / module
    try:
        path.write_text(text, encoding="utf-8")
        noticed = _is_noticed(MODULES[module], copy_of_tree)
    finally:
        path.write_text(before, encoding="utf-8")
        copies.put(copy_of_tree)
    if not noticed:
        print(f"survived: src/seamproof/{module}:{line}: {before.splitlines()[line - 1].strip()}")
        print(f"    as: {changed}", flush=True)
    return noticed


def _is_noticed(tests: list[str], folder: Path) -> bool:
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    try:
        done = subprocess.run(  # noqa: S603 - the words are those above
            words, cwd=folder, env=environment, capture_output=True, timeout=TIMEOUT, check=False
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
