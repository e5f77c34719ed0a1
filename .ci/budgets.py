"""
Measure the structure of the package and compare it with the budgets of docs/architecture.md.

Prints a table. Exit status: 0 every budget is kept, 1 one is exceeded.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import grimp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PACKAGE: Final = "seamproof"
SOURCE: Final = Path("src") / PACKAGE

#: The interpreter of Seam's API, and its tables.
INTERPRETER: Final = tuple(
    f"mock_server/world/{one}" for one in ("calls/", "operations/", "turn.py")
)

#: Lines of a function.
FUNCTION: Final = 40


class Figure(NamedTuple):
    """
    A measured figure.

    Attributes:
        name: What is measured.
        value: The largest one found.
        budget: The largest one allowed; None where the figure is for information only.
        place: Where the largest one was found.
    """

    name: str
    value: int
    budget: int | None
    place: str

    @property
    def exceeded(self) -> bool:
        """
        Whether the value is above the budget.
        """
        return self.budget is not None and self.value > self.budget


def import_graph() -> dict[str, set[str]]:
    """
    Map each module to the modules that it imports, late and type-checking imports included.
    """
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def units_of(graph: Mapping[str, set[str]], folder: str) -> dict[str, set[str]]:
    """
    Reduce the graph to the children of a folder; a sub-folder counts as one unit.
    """

    def unit(module: str) -> str | None:
        inside = module.removeprefix(f"{folder}.")
        return None if inside == module else inside.partition(".")[0]

    found: dict[str, set[str]] = {}
    for module, imported in graph.items():
        name = unit(module)
        if name is not None:
            units = {one for one in map(unit, imported) if one is not None}
            found.setdefault(name, set()).update(units - {name})
    return found


def longest_chain(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """
    Find the longest chain of imports.

    Raises:
        CycleError: The graph has a cycle.
    """
    chains: dict[str, list[str]] = {}
    for module in TopologicalSorter(graph).static_order():
        below = max((chains[one] for one in graph.get(module, ())), key=len, default=[])
        chains[module] = [module, *below]
    return max(chains.values(), key=len, default=[])


def cycle_of(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """
    Find a cycle of imports; an empty list if there is none.
    """
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as problem:
        cycle: list[str] = problem.args[1]
        return cycle
    return []


def interpreter_figures(files: Mapping[str, str]) -> Iterator[Figure]:
    """
    Measure the interpreter of Seam's API, with its tables.
    """
    lengths = {
        name: text.count("\n") for name, text in files.items() if name.startswith(INTERPRETER)
    }
    longest = max(lengths, key=lambda one: lengths[one])
    yield Figure("lines in the interpreter of the world", sum(lengths.values()), 2499, longest)


def chain_figures(graph: Mapping[str, set[str]]) -> Iterator[Figure]:
    """
    Measure import cycles, and the chains within each folder and each room.
    """
    folders = sorted({module.rpartition(".")[0] for module in graph if "." in module})
    units = {folder: units_of(graph, folder) for folder in folders}
    cycle = cycle_of(graph)
    cycles = {folder: found for folder, one in units.items() if (found := cycle_of(one))}
    yield Figure("modules in an import cycle", len(cycle), 0, " > ".join(cycle))
    yield Figure(
        "folders whose parts are in a cycle",
        len(cycles),
        0,
        "; ".join(_chain(folder, found) for folder, found in cycles.items()),
    )
    if cycle or cycles:
        return
    chains = {folder: longest_chain(one) for folder, one in units.items()}
    folder, chain = max(chains.items(), key=lambda one: len(one[1]))
    yield Figure("imports in a chain within a folder", len(chain) - 1, 8, _chain(folder, chain))
    for room in (one for one in folders if one.count(".") == 1):
        inside = {
            module.removeprefix(f"{room}."): {
                one.removeprefix(f"{room}.") for one in imported if one.startswith(f"{room}.")
            }
            for module, imported in graph.items()
            if module.startswith(f"{room}.")
        }
        chain = longest_chain(inside)
        name = "imports in a chain over a whole room"
        yield Figure(name, len(chain) - 1, None, _chain(room, chain))


def _chain(folder: str, chain: list[str]) -> str:
    return f"{folder.removeprefix(f'{PACKAGE}.')}: {' > '.join(chain)}"


def size_figures(files: Mapping[str, str]) -> Iterator[Figure]:
    """
    Measure folders, files and functions.
    """
    folders = Counter(name.rpartition("/")[0] for name in files if not name.endswith("__init__.py"))
    folder, modules = folders.most_common(1)[0]
    yield Figure("modules in a folder", modules, 12, folder)
    lengths = {name: text.count("\n") for name, text in files.items()}
    name = max(lengths, key=lambda one: lengths[one])
    yield Figure("lines in a file", lengths[name], 350, name)
    functions = {
        f"{name}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for name, text in files.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    place = max(functions, key=lambda one: functions[one])
    long = sum(length > FUNCTION for length in functions.values())
    yield Figure("lines in a function", functions[place], None, place)
    yield Figure("functions above the budget", long, None, f"of {len(functions)}")
    yield Figure("lines in all", sum(text.count("\n") for text in files.values()), None, "")


def word_figures(files: Mapping[str, str]) -> Iterator[Figure]:
    """
    Count exceptions from the linter, untyped values, and class names that are used twice.
    """
    for name, pattern, budget in (("noqa", r"# noqa", 99), ("Any", r"\bAny\b", 299)):
        counts = Counter({file: len(re.findall(pattern, text)) for file, text in files.items()})
        most = ", ".join(f"{file} {count}" for file, count in counts.most_common(3))
        yield Figure(f"uses of {name}", counts.total(), budget, most)
    classes = Counter(
        node.name
        for text in files.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
    )
    twice = sorted(name for name, count in classes.items() if count > 1)
    yield Figure("class names used twice", len(twice), 0, ", ".join(twice))


def main() -> int:
    """
    Print the figures and return the exit status.
    """
    files = {
        path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(SOURCE.rglob("*.py"))
    }
    figures = [
        *size_figures(files),
        *interpreter_figures(files),
        *chain_figures(import_graph()),
        *word_figures(files),
    ]
    for one in figures:
        mark = "EXCEEDED" if one.exceeded else "kept" if one.budget is not None else ""
        budget = "" if one.budget is None else str(one.budget)
        print(f"{one.name:<38} {one.value:>6} {budget:>6}  {mark:<9} {one.place}")
    return 1 if any(one.exceeded for one in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
