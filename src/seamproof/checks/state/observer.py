"""
Effects: what deliveries change in the handler's state.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from seamproof.checks.state.sources import difference, numbered_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.sources import Snapshot
    from seamproof.json_types import JsonMapping

#: What an act changed: lines in words, sorted.
Effect = tuple[str, ...]

#: Seconds for which a look stays good while nothing is sent.
_MOMENT: Final = 1.0
#: Seconds of a look that is too slow to look after every event.
_SLOW: Final = 0.02
_VERY_SLOW: Final = 0.5
#: Seconds that are waited for a worker at the most, however much was sent; and for an effect that
#: should be there and is not, where effects come late.
_LONGEST: Final = 10.0
_PATIENCE: Final = 2.0
_SHOWN: Final = 3
_PATH: Final = re.compile(r"(.*?) (?:= |[-+]|is gone)", re.DOTALL)

#: What an event alone is told by, besides its ids.
_ITS_OWN: Final = ("event_type", "created_at", "occurred_at")

NO_STATE: Final = "the handler's state has to be read to decide this"
NO_EFFECT: Final = "no event that was sent changes the handler's state"
UNSTEADY: Final = "the state is not reproducible: equivalent events changed it differently"


@dataclass
class Effects:
    """
    Looks at the state before and after.

    Attributes:
        probe: What is sent goes through it.
        lag: Seconds that are waited before a look, where effects come late.
        pace: Seconds more for each delivery since the last look: one worker does one at a time,
            duplicates too, at which nothing is to be seen.
        noise: Paths that change while nothing is sent.
        look_seconds: What a look took at last.
        known: By event type, what a plain event of it changes, if anything.
        numbered: Names under which the state has numbered the items of its lists.
        reconsidered: Whether something else that moves the state was looked for.
        unsteady: What two events that are alike changed differently, the last time that any did.
    """

    probe: Probe
    lag: float = 0.0
    pace: float = 0.0
    noise: frozenset[str] = frozenset()
    look_seconds: float = 0.0
    known: dict[str, Effect] = field(default_factory=dict)
    numbered: frozenset[str] = frozenset()
    reconsidered: bool = False
    unsteady: str = ""
    _seen: Snapshot | None = None
    _sent: int = -1
    _accepted: int = 0

    def look(self) -> Snapshot:
        """
        See the state, after whatever is still under way.
        """
        if self.probe.read_state is None:
            raise RuntimeError(NO_STATE)
        if self._is_fresh() and self._seen is not None:
            return self._seen
        if self.lag:
            left = self.pace * (self.probe.accepted - self._accepted)
            time.sleep(min(self.lag + left, _LONGEST))
        begun = time.perf_counter()
        self._seen, self._sent = self.probe.read_state(), self.probe.sent
        self._accepted = self.probe.accepted
        self.look_seconds = time.perf_counter() - begun
        return self._seen

    def forget(self) -> None:
        """
        Look anew, whatever was seen a moment ago: somebody else may have sent something.
        """
        self._seen = None

    def _is_fresh(self) -> bool:
        """
        Whether nothing was sent since the last look, which was a moment ago.
        """
        seen = self._seen
        return (
            seen is not None and self._sent == self.probe.sent and time.time() - seen.at < _MOMENT
        )

    def of(
        self,
        act: Callable[[], object],
        names: Mapping[str, str] | None = None,
        wanted: Effect = (),
    ) -> Effect:
        """
        Do something and tell what it changed; what is wanted is waited for.
        """
        before = self.look()
        act()
        return self.since(before, names, wanted)

    def since(
        self,
        before: Snapshot,
        names: Mapping[str, str] | None = None,
        wanted: Effect = (),
        *,
        patience: float = _PATIENCE,
    ) -> Effect:
        """
        Tell what has changed since a look.

        Where effects come late, one that is wanted and not there is waited for: a worker may be
        kept from it for longer than usual.
        """
        effect = self.between(before, self.look(), names)
        until = time.monotonic() + patience
        while self.lag and Counter(wanted) - Counter(effect) and time.monotonic() < until:
            self.forget()
            effect = self.between(before, self.look(), names)
        return effect

    def between(
        self, before: Snapshot, after: Snapshot, names: Mapping[str, str] | None = None
    ) -> Effect:
        """
        Tell what changed between two looks, without what changes by itself.
        """
        # Once seen to be a running number, it is one in every list.
        self.numbered |= numbered_in(after.data)
        lines = difference(before, after, names, self.numbered)
        return tuple(line for line in lines if path_of(line) not in self.noise)

    @property
    def is_slow(self) -> bool:
        """
        Whether a look takes too long to look after each event.
        """
        return self.look_seconds + self.lag > _SLOW

    @property
    def is_very_slow(self) -> bool:
        """
        Whether a look takes so long that few are all that can be had.
        """
        return self.look_seconds > _VERY_SLOW

    @property
    def is_hasty(self) -> bool:
        """
        Whether one of each has to be enough: it is to be quick, and effects come late.
        """
        return self.probe.quick and self.lag > 0

    @property
    def immeasurable(self) -> str:
        """
        Why no event could be measured by another one.
        """
        return f"{UNSTEADY}; they differ in {self.unsteady}" if self.known else NO_EFFECT

    def richest(self, count: int) -> list[str]:
        """
        Choose event types that change the most, no two of them alike.
        """
        chosen: dict[tuple[str, ...], str] = {}
        for event_type in sorted(self.known, key=lambda one: (-len(self.known[one]), one)):
            shape = tuple(map(path_of, self.known[event_type]))
            chosen.setdefault(shape, event_type)
        rest = [one for one in self.known if one not in chosen.values()]
        return [*chosen.values(), *rest][:count]


def path_of(line: str) -> str:
    """
    Take the path out of a line of an effect.
    """
    found = _PATH.match(line)
    return found.group(1) if found else line


def names_of(events: Iterable[JsonMapping], requests: Iterable[Request] = ()) -> dict[str, str]:
    """
    Call the ids of events that belong together by the part they play.

    Of an event alone the type and the times are called so too: what is done to all types alike is
    one thing.
    """
    names: dict[str, str] = {}
    several = list(events)
    if len(several) == 1:
        names |= own_names(several[0])
    for at, event in enumerate(several):
        for name, value in event.items():
            if name == "event_id":
                names[str(value)] = f"event_id {at}"
            elif name.endswith(("_id", "_ids", "_key")):
                for one in value if isinstance(value, list) else [value]:
                    if isinstance(one, str):
                        names.setdefault(one, name)
    names.update({one.message_id: f"message {at}" for at, one in enumerate(requests)})
    return names


def own_names(event: JsonMapping) -> dict[str, str]:
    """
    Call the type and the times of an event by what they are.
    """
    return {str(event[one]): one for one in _ITS_OWN if one in event}


def parted(one: Effect, other: Effect) -> str:
    """
    Name the first path at which two effects differ.
    """
    lines = (Counter(one) - Counter(other)) + (Counter(other) - Counter(one))
    return path_of(min(lines)) if lines else ""


def apart(wanted: Effect, effect: Effect) -> str:
    """
    Tell in words what an effect lacks and what it has too much; a line may count several times.
    """
    missing, wrong = Counter(wanted) - Counter(effect), Counter(effect) - Counter(wanted)
    parts = [f"not done: {_joined(missing)}"] if missing else []
    parts += [f"done instead: {_joined(wrong)}"] if wrong else []
    return ", ".join(parts)


def _joined(lines: Counter[str]) -> str:
    shown = "; ".join(list(lines)[:_SHOWN])
    return f"{shown} and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else shown
