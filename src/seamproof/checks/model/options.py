"""
What a user decides about a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from seamproof.schemas import Catalogue
    from seamproof.signing import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    What a user decides about a run.

    Attributes:
        secret: The one that the handler knows.
        seed: Decides what is sampled and drawn; the same seed repeats a run.
        accept: The statuses with which a genuine delivery may be answered.
        events: A glob over the event types that are sent.
        overrides: `path=value`, put into every event that has the property.
        select: Ids or globs of the checks that run; all of them by default.
        ignore: Ids or globs of checks that do not.
        max_examples: Of the fuzzing, for each family of event types and kind of values.
        max_time: Seconds after which nothing more is sent; None sets no end.
        quick: Whether to send one of each only.
        catalogue: The contract; None is the one that comes with seamproof.
    """

    secret: Secret
    seed: int
    accept: tuple[range, ...] = (SUCCESS,)
    events: str = "*"
    overrides: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    max_examples: int = 200
    max_time: float | None = None
    quick: bool = False
    catalogue: Catalogue | None = None
