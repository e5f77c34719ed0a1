"""
Numbers of options, of the configuration file and of the mock server's API: one kind everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
import pytest

from seamproof.checks.runner.resolve import read_rate, read_statuses
from seamproof.cli.root import root
from seamproof.cli.support.number_types import DecimalNumber, WholeNumber
from seamproof.errors import SeamproofError
from seamproof.mock_server.faults.catalogue import parse_fault
from seamproof.mock_server.model.durations import parse_duration
from seamproof.mock_server.model.retry_schedule import parse_schedule
from seamproof.schemas import catalog
from seamproof.strategies import Sampler, apply_override, parse_override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.runner import Run

#: Python reads some of them, and fails at others in its own way.
NO_NUMBERS: Final = ["1_0", "١٢", "nan", "inf", "9" * 5000, "1e999", "0x1", ""]


def options(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Parameter]]:
    """
    Go through the parameters of every command.
    """
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from options(found, (*path, name))
    for parameter in command.params:
        yield path, parameter


NUMBERS: Final = [
    (path, one) for path, one in options(root) if isinstance(one.type, WholeNumber | DecimalNumber)
]


def test_every_option_that_is_a_number_reads_the_same_numbers() -> None:
    """
    None has a type of click's own, which reads `1_000`.
    """
    kinds = click.types.IntParamType | click.types.FloatParamType
    given = {
        (path, one.name)
        for path, one in options(root)
        if isinstance(one.type, kinds) and not (isinstance(one, click.Option) and one.count)
    }
    assert given == {(path, one.name) for path, one in NUMBERS}


@pytest.mark.parametrize(("path", "parameter"), NUMBERS, ids=lambda one: str(one)[:60])
def test_other_texts_are_a_usage_error(
    path: tuple[str, ...], parameter: click.Parameter, seamproof: Run
) -> None:
    """
    The error names the option.
    """
    for text in NO_NUMBERS:
        done = seamproof(*path, f"{parameter.opts[-1]}={text}")
        assert done.status == 2, text[:20]
        assert parameter.opts[-1] in done.stderr


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_the_configuration_file_has_the_same_numbers(
    text: str, seamproof: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    TOML's own numbers are numbers.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seamproof.toml").write_text(f'[serve]\nport = "{text}"\n', encoding="utf-8")
    assert seamproof("serve").status == 2
    (tmp_path / "seamproof.toml").write_text("[serve]\njitter = nan\n", encoding="utf-8")
    assert seamproof("serve").status == 2


def override_index(text: str) -> None:
    """
    Apply an override to an item of an array.
    """
    schema, sampler = catalog()["device.disconnected"], Sampler(1)
    override = parse_override(f"device_errors.{text}.message=x")
    apply_override(sampler.event(schema.event_type), override, schema, sampler)


READERS: Final[dict[str, Callable[[str], object]]] = {
    "statuses": read_statuses,
    "range of statuses": lambda text: read_statuses(f"200-{text}"),
    "rate": lambda text: read_rate(f"{text}/s"),
    "share of a fault": lambda text: parse_fault(f"stale:{text}"),
    "number of a fault": lambda text: parse_fault(f"stale:x{text}"),
    "duration": parse_duration,
    "unit": lambda text: parse_duration(f"{text}m"),
    "schedule": parse_schedule,
    "index": override_index,
}


@pytest.mark.parametrize("text", NO_NUMBERS, ids=lambda text: text[:8])
@pytest.mark.parametrize("reader", READERS)
def test_texts_with_numbers_inside(reader: str, text: str) -> None:
    """
    Rates, statuses, faults, durations, schedules and the indexes of a path.
    """
    with pytest.raises(SeamproofError):
        READERS[reader](text)
