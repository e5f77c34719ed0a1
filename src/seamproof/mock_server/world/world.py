"""
The world: its records, its later effects, and the turns that change it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from math import inf
from random import Random
from typing import TYPE_CHECKING, Final

from seamproof.formats import format_timestamp
from seamproof.mock_server.world.calls.verbs import interpret
from seamproof.mock_server.world.data import operations
from seamproof.mock_server.world.events.event_builder import agree
from seamproof.mock_server.world.events.observation import observe
from seamproof.mock_server.world.kinds import KIND_OF_ID
from seamproof.mock_server.world.operations.table import ROWS
from seamproof.mock_server.world.records import Records, Scheduled, WorldChange
from seamproof.mock_server.world.refusals import CallRefused
from seamproof.mock_server.world.seeding import plant
from seamproof.mock_server.world.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from seamproof.json_types import JsonMapping, JsonObject
    from seamproof.mock_server.world.records import Record, WorldEffect
    from seamproof.mock_server.world.trouble_states import TroubleState
    from seamproof.schemas import Catalogue
    from seamproof.strategies import Sampler

#: The page that lists what is served.
PAGE: Final = "docs/world.md"


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """
    What a turn comes to.

    Attributes:
        change: Of the records, for the database.
        events: To emit, in the same transaction.
        answer: What the call is answered with.
    """

    change: WorldChange
    events: Sequence[JsonObject] = ()
    answer: JsonObject = field(default_factory=dict)


class World:
    """
    Resources as Seam keeps them. All methods take place at once: nothing is half done.

    Args:
        catalogue: The contract of the events.
        seed: Decides the ids and codes that it makes; by default random.

    Attributes:
        records: Of all kinds.
    """

    def __init__(self, catalogue: Catalogue, seed: int | str | None) -> None:
        self.records = Records()
        self._catalogue = catalogue
        self._random = Random() if seed is None else Random(f"{seed}/world")
        self._seed = seed
        self._due: list[tuple[float, int, WorldEffect]] = []
        self._last_effect = 0

    @cached_property
    def _sampler(self) -> Sampler:
        from seamproof.strategies import Sampler

        return Sampler(self._seed, catalogue=self._catalogue)

    def load(self, records: Iterable[Record], scheduled: Iterable[Scheduled]) -> None:
        """
        Start with what the database has.
        """
        self.records.load(records)
        self._due = []
        for one in scheduled:
            self._last_effect = max(self._last_effect, one.number)
            heappush(self._due, (one.effect.due_at, one.number, one.effect))
        if self._last_effect or any(True for _ in self.records.kinds()):
            # A seed gives no id a second time.
            self._random.seed(f"{self._random.random()}/{self._last_effect}")

    @property
    def next_due(self) -> float:
        """
        When the next effect is due; infinity if none is.
        """
        return self._due[0][0] if self._due else inf

    def call(self, path: str, given: JsonObject, now: float, base: str = "") -> TurnOutcome:
        """
        Make a call.

        Args:
            path: Of the operation.
            given: Its parameters.
            now: In seconds since the epoch.
            base: The address of the server.

        Raises:
            CallRefused: Seam would not do that, or the operation is not served: 501.
        """
        row = ROWS.get(path)
        if row is None:
            what = f"seamproof does not serve {path}; {PAGE} lists what it serves"
            raise CallRefused(501, "not_implemented", what)
        return self._turn(now, lambda turn: interpret(turn, operations()[path], row, given, base))

    def run_due(self, now: float) -> TurnOutcome:
        """
        Let the first effect that is due happen.
        """
        _, number, effect = heappop(self._due)
        outcome = self._turn(now, lambda turn: turn.happen(effect))
        outcome.change.finished.append(number)
        return outcome

    def cancel_later(self) -> TurnOutcome:
        """
        Let nothing happen that is to happen later.
        """
        numbers, self._due = [number for _, number, _ in self._due], []
        return TurnOutcome(WorldChange(finished=numbers))

    def observe(self, events: Iterable[JsonMapping], now: float) -> WorldChange:
        """
        Let records agree with events that somebody else emits.
        """
        text = format_timestamp(now)
        for event in events:
            observe(self.records, self._valid_part(event), text)
        return self.records.take_change()

    def agree(self, event: JsonObject, kept: Collection[str]) -> None:
        """
        Let a sampled event speak of the records that it names as they are.
        """
        agree(self.records, event, kept)

    def _valid_part(self, event: JsonMapping) -> JsonMapping:
        """
        Leave out the properties of an event that its contract forbids, but no id.
        """
        schema = self._catalogue.get(str(event["event_type"]))
        if schema is None or schema.contract.is_valid(event):
            return event
        paths = {one.path.split("/")[1] for one in schema.contract.violations(event) if one.path}
        return {
            name: value for name, value in event.items() if name not in paths or name in KIND_OF_ID
        }

    def seed(
        self,
        documents: Mapping[str, Sequence[JsonMapping]],
        now: float,
        calls: Iterable[tuple[str, JsonObject]] = (),
        troubles: Iterable[TroubleState] = (),
    ) -> WorldChange:
        """
        Add records without events, and what is to happen with them later.

        Args:
            documents: By kind, such as `device`. Each may leave out what its kind typically has,
                and its id; `links` has what Seam does not show.
            now: In seconds since the epoch.
            calls: Calls to make, by path and parameters.
            troubles: What goes wrong from the start.

        Raises:
            NotFound: What has a trouble is not there.
            UsageError: A call is refused.
        """
        return self._turn(now, lambda turn: plant(turn, documents, calls, troubles)).change

    def edit(self, now: float, work: Callable[[Turn], object]) -> TurnOutcome:
        """
        Change the world by hand.
        """
        return self._turn(now, work)

    def _turn(self, now: float, work: Callable[[Turn], object]) -> TurnOutcome:
        turn = Turn(self.records, now, self._random, self._catalogue, lambda: self._sampler)
        try:
            answer = work(turn)
        except BaseException:
            self.records.take_back()
            raise
        change = self.records.take_change()
        for effect in turn.later:
            self._last_effect += 1
            heappush(self._due, (effect.due_at, self._last_effect, effect))
            change.scheduled.append(Scheduled(self._last_effect, effect))
        return TurnOutcome(change, turn.events, answer if isinstance(answer, dict) else {})
