"""
Names that the shell completes: event types, checks, rules, faults, journeys, cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    Completer: TypeAlias = Callable[[click.Context, click.Parameter, str], list[str]]


def _completer(names: Callable[[], Iterable[str]]) -> Completer:
    """
    Make a completer of names, which are listed only when the shell asks.
    """

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        del ctx, parameter
        return [name for name in names() if name.startswith(incomplete)]

    return complete


def _event_types() -> Iterable[str]:
    from seamproof.environment import read_catalogue

    return (schema.event_type for schema in read_catalogue(None).match(undocumented=True))


def _checks() -> Iterable[str]:
    from seamproof.checks.battery.registry import BATTERY

    return (check.id for check in BATTERY)


def _lint_rules() -> Iterable[str]:
    from seamproof.lint.rules import RULE_OF

    return RULE_OF


def _explained() -> Iterable[str]:
    return (*_checks(), *_lint_rules())


def _faults() -> Iterable[str]:
    from seamproof.mock_server.faults.catalogue import FAULTS

    return FAULTS


def _journeys() -> Iterable[str]:
    from seamproof.strategies import JOURNEYS

    return JOURNEYS


def _cases() -> Iterable[str]:
    from seamproof.checks.replay.case_files import CASES

    return sorted(path.stem for path in CASES.glob("*.json"))


complete_event_type = _completer(_event_types)
complete_check = _completer(_checks)
complete_explained = _completer(_explained)
complete_lint_rule = _completer(_lint_rules)
complete_fault = _completer(_faults)
complete_journey = _completer(_journeys)
complete_case = _completer(_cases)
