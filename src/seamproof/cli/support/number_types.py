"""
Types of options that are numbers: those of click, with the numbers of `seamproof.formats` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seamproof.formats import read_decimal, read_whole

if TYPE_CHECKING:
    from collections.abc import Callable


class WholeNumber(click.IntRange):
    """
    An integer in a range.
    """

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """
        Read a number.
        """
        _check(self, read_whole, value, param, ctx)
        return super().convert(value, param, ctx)  # type: ignore[arg-type]  # click takes texts too


class DecimalNumber(click.FloatRange):
    """
    A finite number in a range.
    """

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """
        Read a number.
        """
        _check(self, read_decimal, value, param, ctx)
        return super().convert(value, param, ctx)  # type: ignore[arg-type]  # click takes texts too


def _check(
    kind: click.IntRange | click.FloatRange,
    read: Callable[[str], float | None],
    value: object,
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> None:
    if isinstance(value, str) and read(value) is None:
        kind.fail(f"{value!r} is not a valid {kind.name.removesuffix(' range')}.", param, ctx)
