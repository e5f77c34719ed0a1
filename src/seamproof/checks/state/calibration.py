"""
A survey of the handler's state, once in a run: what moves it, how late, and what moves by itself.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from seamproof.checks.probe.presence import accepted_event, accepted_presence
from seamproof.checks.state.observer import NO_STATE, Effects, names_of, path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.state.sources import Snapshot

    Look = Callable[[], Snapshot]

#: Seconds in which a worker behind a queue may show what it does; and one that writes every second.
_LAG: Final = 0.3
_LONG_LAG: Final = 1.3
#: By how much longer than the longest pause that was seen a worker is waited for, and how long at
#: least, in seconds.
_MARGIN: Final = 2.5
_SHORTEST: Final = 0.15
#: Seconds between two looks at a worker; more of a look than this is work that it waited for.
_STEP: Final = 0.01
_WAITED: Final = 0.1
#: Seconds until a backlog counts as one that is never done.
_BACKLOG: Final = 10.0
#: Seconds between two looks at an idle handler, by which a clock of tenths has moved; how often the
#: same has to move until it counts as a clock; how long it may take until the handler is idle.
_IDLE: Final = 0.12
_CLOCK: Final = 5
_REST: Final = 2.0
#: How many event types are enough where it takes long to see what each of them does.
_FEW: Final = 3


def effects_of(probe: Probe) -> Effects:
    """
    Find out, once in a run, which events change the state, how soon, and what changes by itself.
    """
    known = probe.state.observer
    if not isinstance(known, Effects):
        known = probe.state.observer = Effects(probe)
        if probe.read_state is not None:
            _listen(known, probe.read_state)
        _learn(known)
    return known


def reconsider(probe: Probe) -> bool:
    """
    Find out, once in a run, whether something else moves the state: work that comes late, a clock.

    From now on late work is waited for, and what a clock moves is left out.

    Returns:
        Whether there is such a thing, so that what was seen before may have come from it.
    """
    effects = probe.state.observer
    if not isinstance(effects, Effects) or effects.reconsidered:
        return False
    effects.reconsidered = True
    for event_type in [probe.default_type, *effects.richest(_FEW)]:
        probe.deliver(accepted_event(probe, probe.events.catalogue[event_type]))
    moved = _moved_by_itself(effects)
    if moved:
        always = _moved_by_itself(effects)
        effects.noise |= always
        effects.lag = max(effects.lag, _LONG_LAG) if moved - always else effects.lag
        effects.forget()
        effects.known.clear()
        _learn(effects)
    return bool(moved)


def _moved_by_itself(effects: Effects) -> frozenset[str]:
    if effects.probe.read_state is None:
        raise RuntimeError(NO_STATE)
    before = effects.probe.read_state()
    time.sleep(_LONG_LAG)
    return _moved(effects, before, effects.probe.read_state())


def _moved(effects: Effects, before: Snapshot, after: Snapshot) -> frozenset[str]:
    return frozenset(map(path_of, effects.between(before, after)))


def _few(probe: Probe) -> list[str]:
    return [family[0].event_type for family in probe.events.families.values()]


def _learn(effects: Effects) -> None:
    """
    Find out what a plain event of each type changes; of a few types where it has to be quick.
    """
    probe = effects.probe
    few = _few(probe)
    types = [one.event_type for one in probe.events.schemas]
    hurried = effects.is_slow or probe.quick
    enough = _FEW if effects.lag >= _LONG_LAG or effects.is_hasty else len(types)
    for event_type in dict.fromkeys([*few, *types]):
        if hurried and effects.known and event_type not in few:
            break
        if len(effects.known) >= enough:
            break
        if accepted_presence(probe, event_type) is None:
            continue
        event = accepted_event(probe, probe.events.catalogue[event_type])
        before = effects.look()
        probe.deliver(event)
        found = effects.since(before, names_of([event]))
        if found:
            effects.known[event_type] = found


def _listen(effects: Effects, look: Look) -> None:
    """
    Find out what changes by itself, and whether effects come late, and how late.
    """
    probe = effects.probe
    effects.noise = _noise(effects, look)
    few = _few(probe)
    rest = [one.event_type for one in probe.events.schemas if one.event_type not in few]
    idle, before = _seconds(look), look()
    for types in (few, rest):
        accepted = probe.accepted
        _send_each(probe, types)
        pause, last = _watched(effects, look, idle)
        if last:
            effects.lag = max(_SHORTEST, _MARGIN * pause)
            effects.pace = last / max(1, probe.accepted - accepted)
        # A handler may do something for few types only, and for none of the first.
        if _moved(effects, before, look()):
            break
    effects.forget()


def _send_each(probe: Probe, types: list[str]) -> None:
    for event_type in types:
        if accepted_presence(probe, event_type) is not None:
            probe.deliver(accepted_event(probe, probe.events.catalogue[event_type]))


def _seconds(look: Look) -> float:
    begun = time.monotonic()
    look()
    return time.monotonic() - begun


def _watched(effects: Effects, look: Look, idle: float) -> tuple[float, float]:
    """
    Watch the state after what was sent, until it rests.

    Args:
        effects: Tell what is a move.
        look: At the state.
        idle: Seconds of a look while nothing moves.

    Returns:
        The longest pause before a move, and when the last one was, in seconds. Nought, if nothing
        moves after the answers.
    """
    begun = time.monotonic()
    seen, pause = look(), 0.0
    now = time.monotonic() - begun
    # A look waits for what moves quickly.
    last = now if now - idle > _WAITED else 0.0
    while now - last < max(_LAG, _MARGIN * pause) and now < _BACKLOG:
        time.sleep(_STEP)
        looked = time.monotonic() - begun
        after = look()
        now = time.monotonic() - begun
        if effects.between(seen, after):
            pause, last = max(pause, looked - last), now
        seen = after
    return pause, last


def _noise(effects: Effects, look: Look) -> frozenset[str]:
    """
    Find the paths that change by themselves, not those that a worker still changes.
    """
    until, times, last = time.monotonic() + _REST, 0, frozenset[str]()
    while True:
        idle = look()
        time.sleep(_IDLE)
        noise = _moved(effects, idle, look())
        times, last = times + 1 if noise == last else 1, noise
        if not noise or times >= _CLOCK or time.monotonic() > until:
            return noise
