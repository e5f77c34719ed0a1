"""
Effects: what deliveries change in the handler's state.

Two deliveries are compared under other ids and with the same times.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.state import difference
from seamproof.checks.trying import presence_taken, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from seamproof.checks.exchanges import Received, Request
    from seamproof.checks.probe import Probe
    from seamproof.checks.state import Snapshot

#: What an act changed: lines in words, sorted.
Effect = tuple[str, ...]

#: Seconds in which a worker behind a queue may show what it does; and one that writes every second.
_LAG: Final = 0.3
_LONG_LAG: Final = 1.3
#: Seconds between two looks at an idle handler, and how long it may take until it is idle.
_IDLE: Final = 0.02
_REST: Final = 2.0
#: Seconds for which a look stays good while nothing is sent.
_MOMENT: Final = 1.0
#: Seconds of a look that is too slow to look after every event.
_SLOW: Final = 0.02
_VERY_SLOW: Final = 0.5
_SHOWN: Final = 3
_PATH: Final = re.compile(r"(.*?) (?:= |[-+]|is gone)", re.DOTALL)

#: How many more deliveries an effect is measured by, until two are alike.
_MEASURED: Final = 3

NO_STATE: Final = "the handler's state has to be seen to decide this: give --state"
NO_EFFECT: Final = "no event that was sent changes the state that --state shows"
UNSTEADY: Final = "no two events that are alike change the same in the state that --state shows"


@dataclass
class Effects:
    """
    Looks at the state before and after.

    Attributes:
        probe: What is sent goes through it.
        lag: Seconds that are waited before a look.
        noise: Paths that change while nothing is sent.
        look_seconds: What a look took at last.
        known: By event type, what a plain event of it changes, if anything.
    """

    probe: Probe
    lag: float = 0.0
    noise: frozenset[str] = frozenset()
    look_seconds: float = 0.0
    known: dict[str, Effect] = field(default_factory=dict)
    _seen: Snapshot | None = None
    _sent: int = -1
    _reconsidered: bool = False

    def look(self) -> Snapshot:
        """
        See the state, after whatever is still under way.
        """
        if self.probe.look is None:
            raise RuntimeError(NO_STATE)
        if self._is_fresh() and self._seen is not None:
            return self._seen
        if self.lag:
            time.sleep(self.lag)
        begun = time.perf_counter()
        self._seen, self._sent = self.probe.look(), self.probe.sent
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

    def of(self, act: Callable[[], object], names: Mapping[str, str] | None = None) -> Effect:
        """
        Do something and tell what it changed.
        """
        before = self.look()
        act()
        return self.between(before, self.look(), names)

    def between(
        self, before: Snapshot, after: Snapshot, names: Mapping[str, str] | None = None
    ) -> Effect:
        """
        Tell what changed between two looks, without what changes by itself.
        """
        lines = difference(before, after, names)
        return tuple(line for line in lines if _path(line) not in self.noise)

    def reconsider(self) -> bool:
        """
        Find out, once, whether something else moves the state: work that comes late, or a clock.

        From now on late work is waited for, and what a clock moves is left out.
        """
        if self._reconsidered:
            return False
        self._reconsidered = True
        for event_type in [self.probe.usual, *self.richest(_SHOWN)]:
            self.probe.deliver(taken(self.probe, self.probe.specimens.catalogue[event_type]))
        moved = self._moved_by_itself()
        if moved:
            always = self._moved_by_itself()
            self.noise |= always
            self.lag = _LONG_LAG if moved - always else self.lag
            self._sent = -1
            self.known.clear()
            _learn(self)
        return bool(moved)

    def _moved_by_itself(self) -> frozenset[str]:
        if self.probe.look is None:
            raise RuntimeError(NO_STATE)
        before = self.probe.look()
        time.sleep(_LONG_LAG)
        return frozenset(map(_path, self.between(before, self.probe.look())))

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
        return self.look_seconds + self.lag > _VERY_SLOW

    def richest(self, count: int) -> list[str]:
        """
        Choose event types that change the most, no two of them alike.
        """
        chosen: dict[tuple[str, ...], str] = {}
        for event_type in sorted(self.known, key=lambda one: (-len(self.known[one]), one)):
            shape = tuple(map(_path, self.known[event_type]))
            chosen.setdefault(shape, event_type)
        rest = [one for one in self.known if one not in chosen.values()]
        return [*chosen.values(), *rest][:count]


def _path(line: str) -> str:
    found = _PATH.match(line)
    return found.group(1) if found else line


def effects_of(probe: Probe) -> Effects:
    """
    Find out, once in a run, which events change the state, how soon, and what changes by itself.
    """
    known: Effects | None = probe.memory.get("effects")
    if known is None:
        known = probe.memory["effects"] = _survey(Effects(probe))
    return known


def _survey(effects: Effects) -> Effects:
    _listen(effects)
    _learn(effects)
    return effects


def _few(probe: Probe) -> list[str]:
    return [family[0].event_type for family in probe.specimens.families.values()]


def _learn(effects: Effects) -> None:
    """
    Find out what a plain event of each type changes; of a few types where it has to be quick.
    """
    probe = effects.probe
    few = _few(probe)
    types = [one.event_type for one in probe.specimens.schemas]
    hurried = effects.is_slow or probe.quick
    for event_type in dict.fromkeys([*few, *types]):
        if hurried and effects.known and event_type not in few:
            break
        if effects.lag >= _LONG_LAG and len(effects.known) >= _SHOWN:
            break
        if presence_taken(probe, event_type) is None:
            continue
        event = taken(probe, probe.specimens.catalogue[event_type])
        before = effects.look()
        probe.deliver(event)
        found = effects.between(before, effects.look(), names_of([event]))
        if found:
            effects.known[event_type] = found


def _listen(effects: Effects) -> None:
    """
    Find out what changes by itself, and whether effects come late.
    """
    if effects.probe.look is None:
        return
    effects.noise = _noise(effects, effects.probe.look)
    before = effects.look()
    for event_type in _few(effects.probe):
        presence_taken(effects.probe, event_type)
    soon = effects.between(before, effects.look())
    time.sleep(_LAG)
    if effects.between(before, effects.probe.look()) != soon:
        effects.lag = _LAG


def _noise(effects: Effects, look: Callable[[], Snapshot]) -> frozenset[str]:
    """
    Find the paths that change by themselves, not those that a worker still changes.
    """
    until = time.monotonic() + _REST
    while True:
        idle = look()
        time.sleep(_IDLE)
        noise = frozenset(map(_path, effects.between(idle, look())))
        if not noise or time.monotonic() > until:
            return noise


def names_of(
    events: Iterable[Mapping[str, Any]], requests: Iterable[Request] = ()
) -> dict[str, str]:
    """
    Call the ids of events that belong together by the part they play.
    """
    names: dict[str, str] = {}
    for at, event in enumerate(events):
        for name, value in event.items():
            if name == "event_id":
                names[str(value)] = f"event_id {at}"
            elif name.endswith(("_id", "_ids", "_key")):
                for one in value if isinstance(value, list) else [value]:
                    if isinstance(one, str):
                        names.setdefault(one, name)
    names.update({one.message_id: f"message {at}" for at, one in enumerate(requests)})
    return names


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


@dataclass(frozen=True, slots=True)
class Once:
    """
    An event delivered once, as the measure for all else that is done with it.

    Attributes:
        event: Of which new ones are made: other ids, the same times.
        effect: What it changed.
        request: That was sent.
        received: What came back.
    """

    event: Mapping[str, Any]
    effect: Effect
    request: Request
    received: Received


def deliver_once(effects: Effects, event_type: str) -> Once | None:
    """
    Deliver plain events of a type, alike but for their ids, until two change the same.

    Returns:
        The last of them; None if no two do, so that nothing can be measured by them.
    """
    event = taken(effects.probe, effects.probe.specimens.catalogue[event_type])
    last = _delivered(effects, event)
    for _ in range(_MEASURED):
        once = _delivered(effects, alike(effects.probe, last))
        if once.effect == last.effect:
            return once if once.effect else None
        last = once
    return None


def _delivered(effects: Effects, event: Mapping[str, Any]) -> Once:
    request = effects.probe.signed(event)
    before = effects.look()
    received = effects.probe.send(request)
    effect = effects.between(before, effects.look(), names_of([event], [request]))
    return Once(event, effect, request, received)


def alike(probe: Probe, once: Once) -> dict[str, Any]:
    """
    Make the event of a delivery anew: other ids, the same times.

    Where the user has set ids, the handler knows the record from before, and times go on.
    """
    if probe.specimens.kept:
        return probe.specimens.fresh(once.event)
    return probe.specimens.fresh(once.event, until=probe.specimens.time_of(once.event))
