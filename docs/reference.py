"""
Write the reference from the code: `python -m docs.reference`.

With `--check` nothing is written; the exit status is 1 if the page is out of date.
"""

from __future__ import annotations

import inspect
import re
import sys
import typing
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof import pytest_plugin
from seamproof.checks.battery.registry import BATTERY
from seamproof.cli.root import COMMANDS, root
from seamproof.errors import EXIT_STATUSES
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.pytest_plugin import register
from seamproof.pytest_plugin.fixtures import delivery
from seamproof.pytest_plugin.options import OPTIONS, key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

PAGE: Final = Path(__file__).with_name("reference.md")
_HEAD: Final = """# Reference

Fixtures, the marker and options of pytest, commands, checks, faults and exit statuses. This page
is written by `python -m docs.reference`; the tests compare it with the code.
"""
_INI: Final = {"text": "a text", "list": "one a line", "flag": "true or false"}


def page() -> str:
    """
    Write the whole page.
    """
    parts = (_HEAD, *fixtures(), *deliveries(), *marker(), *options(), *commands())
    return "\n".join([*parts, *checks(), *faults(), *statuses()])


def fixtures() -> Iterator[str]:
    """
    Describe each fixture: its signatures and what it does.
    """
    yield "## Fixtures\n\nAll last as long as the session: they can be used under `@given`.\n"
    for name, one in vars(register).items():
        if name.startswith("seam_"):
            function = inspect.unwrap(one)
            yield f"### `{name}`\n"
            gives = inspect.signature(function).return_annotation
            calls = list(signatures(name, gives))
            if calls:
                yield fenced(calls)
            yield f"{inspect.cleandoc(function.__doc__ or '')}\n"


def signatures(name: str, annotation: str) -> Iterator[str]:
    """
    Write the calls of a fixture that is a factory, without their types.
    """
    found = re.fullmatch(r"Iterator\[(\w+)\]", annotation)
    factory = getattr(pytest_plugin, found[1] if found else annotation, None)
    if factory is not None:
        place = SimpleNamespace(
            __module__=factory.__module__, __qualname__=f"{factory.__name__}.__call__"
        )
        # Overloads differ in their types alone, which are not shown here.
        calls = typing.get_overloads(place) or [factory.__call__]  # type: ignore[arg-type]
        yield f"{name}{bare(calls[0])}"
        for other in public(factory):
            yield f"{name}.{other}{bare(getattr(factory, other))}"


def deliveries() -> Iterator[str]:
    """
    Describe the variants of a delivery.
    """
    yield "## A delivery\n"
    yield "| | |\n| --- | --- |"
    for name, text in attributes(delivery.SeamDelivery):
        yield row(f"`.{name}`", text)
    for name in public(delivery.SeamDelivery):
        member = inspect.getattr_static(delivery.SeamDelivery, name)
        call = "" if isinstance(member, property) else bare(inspect.unwrap(member))
        yield row(f"`.{name}{call}`", summary(member.__doc__))
    yield ""


def attributes(one: type) -> Iterator[tuple[str, str]]:
    """
    Read the attributes that a class lists in its docstring.
    """
    _, _, listed = inspect.cleandoc(one.__doc__ or "").partition("Attributes:\n")
    for found in re.finditer(r"^    (\w+): (.+(?:\n     +.+)*)$", listed, re.MULTILINE):
        yield found[1], " ".join(found[2].split())


def marker() -> Iterator[str]:
    """
    Describe the marker.
    """
    call, _, text = register._MARKER.partition(": ")  # noqa: SLF001 - no other module reads it
    yield f"## Marker\n\n`@pytest.mark.{call}`: {text}\n"


def options() -> Iterator[str]:
    """
    Describe the options of pytest.
    """
    yield "## Options of pytest\n"
    yield "Each can stand on the command line and in the ini file.\n"
    yield "| command line | ini file | |\n| --- | --- | --- |"
    for name, kind, value, text in OPTIONS:
        option = f"--seamproof-{name} {value}".rstrip()
        yield row(f"`{option}`", f"`{key(name)}`, {_INI[kind]}", text)
    yield ""


def commands() -> Iterator[str]:
    """
    Describe each command and subcommand.
    """
    yield "## Commands\n"
    context = click.Context(root, info_name="seamproof", **root.context_settings)
    for name in COMMANDS:
        yield from command(name, root.get_command(context, name), context)


def command(name: str, one: click.Command | None, parent: click.Context) -> Iterator[str]:
    """
    Describe a command and its subcommands.
    """
    if one is None:
        return
    context = click.Context(one, info_name=name, parent=parent, **one.context_settings)
    usage = " ".join([context.command_path, *one.collect_usage_pieces(context)])
    text, _, example = inspect.cleandoc(one.help or "").partition("\b\nExample:\n")
    yield f"### `{usage}`\n"
    yield f"{text.strip()}\n"
    if example:
        yield fenced(line.strip() for line in example.splitlines())
    given = (param for param in one.params if isinstance(param, click.Option))
    records = [param.get_help_record(context) for param in given]
    rows = [row(f"`{record[0]}`", record[1]) for record in records if record]
    if rows:
        yield "\n".join(["| option | |\n| --- | --- |", *rows, ""])
    for below in one.list_commands(context) if isinstance(one, click.Group) else ():
        yield from command(below, one.get_command(context, below), context)  # type: ignore[attr-defined]


def checks() -> Iterator[str]:
    """
    List the checks.
    """
    yield "## Checks\n\n`seamproof explain ID` describes one.\n"
    yield "| check | severity | |\n| --- | --- | --- |"
    for one in BATTERY:
        yield row(f"`{one.id}`", one.severity, one.title)
    yield ""


def faults() -> Iterator[str]:
    """
    List the faults.
    """
    yield "## Faults\n"
    yield "| fault | what happens | what a good handler answers |\n| --- | --- | --- |"
    for one in FAULTS.values():
        yield row(f"`{one.name}`", one.line, one.answer)
    yield ""


def statuses() -> Iterator[str]:
    """
    List the exit statuses.
    """
    yield "## Exit status\n\nOf `seamproof`; pytest has its own.\n"
    yield "| status | meaning |\n| --- | --- |"
    for status, meaning in EXIT_STATUSES.items():
        yield row(str(status), meaning)
    yield ""


def row(*cells: str) -> str:
    """
    Write a row of a table.
    """
    clean = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(clean)} |"


def fenced(lines: Iterable[str]) -> str:
    """
    Write lines as they are.
    """
    return "\n".join(["```text", *lines, "```\n"])


def bare(call: Callable[..., Any]) -> str:
    """
    Write the parameters of a call, without self and without types.
    """
    empty = inspect.Parameter.empty
    signature = inspect.signature(call)
    kept = [one.replace(annotation=empty) for one in [*signature.parameters.values()][1:]]
    return str(signature.replace(parameters=kept, return_annotation=empty))


def public(one: type) -> Sequence[str]:
    """
    Name what a class defines itself and shows.
    """
    return [
        name
        for name, member in vars(one).items()
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    ]


def summary(text: str | None) -> str:
    """
    Take the first paragraph of a docstring.
    """
    return " ".join(inspect.cleandoc(text or "").partition("\n\n")[0].split())


def main(words: Sequence[str]) -> int:
    """
    Write the page, or compare it.

    Returns:
        The exit status.
    """
    text = page()
    if "--check" in words:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("current" if current else f"run python -m docs.reference: {PAGE} is not current")
        return 0 if current else 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
