"""
The messages of a worker: each a function of the seed, the worker and its number.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.errors import UsageError
from seamproof.load.messages.ids import RunIds
from seamproof.load.messages.templates import VARIANTS, TemplateStore
from seamproof.strategies.sampling.journeys import journey_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.load.messages.mix import Mix
    from seamproof.schemas.catalogue import Catalogue

#: Messages that are planned together where the mix has life cycles, which overlap within a block.
_BLOCK: Final = 128
_BLOCKS_KEPT: Final = 512
_SCALE: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class SignableMessage:
    """
    A message and the exact bytes that are sent for it.

    Attributes:
        number: Among the messages of the worker, from 0.
        message_id: The `svix-id`.
        event_type: Of the event.
        body: The JSON text in UTF-8.
        duplicated: Whether an identical copy is sent at the same time.
        redelivered: Whether it is sent again once it has been acknowledged.
    """

    number: int
    message_id: str
    event_type: str
    body: bytes
    duplicated: bool
    redelivered: bool


class _Unit(NamedTuple):
    """
    An entry of the mix: an event type, or a life cycle.
    """

    name: str
    steps: int


class _Slot(NamedTuple):
    """
    What one message of a block carries.
    """

    unit: int
    variant: int
    step: int
    #: The number of the first message of the life cycle, by which its ids agree.
    first: int


class EventStream:
    """
    The messages of one worker, in any order.

    Args:
        seed: Of the run; the same seed gives the same messages.
        worker: The worker, from 0.
        mix: What is sent.
        catalogue: The schemas; by default the built-in ones.

    Raises:
        UnknownEventType: A glob of the mix matches no event type.
        UsageError: There is no such life cycle.
    """

    def __init__(
        self, seed: int | str, worker: int, mix: Mix, catalogue: Catalogue | None = None
    ) -> None:
        from seamproof.schemas import catalog

        self.ids = RunIds.of(seed)
        self.worker = worker
        self.mix = mix
        self._seed = seed
        self._templates = TemplateStore(seed, catalogue)
        weights = _weights(mix, catalog() if catalogue is None else catalogue)
        self._units = tuple(weights)
        self._cumulative = tuple(accumulate(weights.values()))
        if not self._cumulative or not self._cumulative[-1]:
            what = "the mix has nothing to send"
            raise UsageError(what, expected="a weight above 0")
        self._hash = blake2b(f"{seed}/{worker}/".encode(), digest_size=20)
        self._slots = lru_cache(_BLOCKS_KEPT)(self._plan_block)

    def message(self, number: int) -> SignableMessage:
        """
        Make a message; every call with a number gives the same one.
        """
        hashed = self._hash.copy()
        hashed.update(number.to_bytes(8, "big"))
        digest = hashed.digest()
        choice, variant, *shares = (
            int.from_bytes(digest[at : at + 4], "big") for at in range(0, 20, 4)
        )
        if self.mix.journeys:
            slot = self._slots(number // _BLOCK)[number % _BLOCK]
        else:
            slot = _Slot(self._choose(choice), variant % VARIANTS, 0, number)
        large = shares[0] < self.mix.large * _SCALE
        unit = self._units[slot.unit]
        if unit.steps:
            template = self._templates.journey(unit.name, slot.variant, large=large)[slot.step]
        else:
            template = self._templates.event(unit.name, slot.variant, large=large)
        return SignableMessage(
            number,
            self.ids.message_id(self.worker, number),
            template.event_type,
            template.body(
                self.ids.event_id(self.worker, number), f"{self.worker:03x}{slot.first:09x}"
            ),
            duplicated=shares[1] < self.mix.duplicates * _SCALE,
            redelivered=shares[2] < self.mix.redeliveries * _SCALE,
        )

    def _choose(self, choice: int) -> int:
        return bisect_right(self._cumulative, choice / _SCALE * self._cumulative[-1])

    def _plan_block(self, block: int) -> Sequence[_Slot]:
        """
        Fill a block with event types and life cycles, whose events keep their order.
        """
        random = Random(f"{self._seed}/{self.worker}/block {block}")
        units: list[int] = []
        left = _BLOCK
        while left > 0:
            units.append(self._choose(random.randrange(_SCALE)))
            left -= self._units[units[-1]].steps or 1
        # Each entry says whose next event this is; of the last life cycle the end may be missing.
        order = [at for at, unit in enumerate(units) for _ in range(self._units[unit].steps or 1)]
        order = order[:_BLOCK]
        random.shuffle(order)
        variants = [random.randrange(VARIANTS) for _ in units]
        begun: dict[int, tuple[int, int]] = {}
        slots = []
        for at, turn in enumerate(order):
            first, step = begun.get(turn, (block * _BLOCK + at, 0))
            begun[turn] = (first, step + 1)
            slots.append(_Slot(units[turn], variants[turn], step, first))
        return slots


def _weights(mix: Mix, catalogue: Catalogue) -> dict[_Unit, float]:
    weights: dict[_Unit, float] = {}
    for pattern, weight in mix.types.items():
        matched = catalogue.match(pattern)
        for schema in matched:
            unit = _Unit(schema.event_type, 0)
            weights[unit] = weights.get(unit, 0.0) + weight / len(matched)
    for name, weight in mix.journeys.items():
        weights[_Unit(name, len(journey_steps(name)))] = weight
    return weights
