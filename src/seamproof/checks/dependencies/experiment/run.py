"""
The experiment on a handler: opens each event type that it acts on, and runs the investigations.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.dependencies.experiment.derived_values import (
    in_doubt,
    merged,
    types_with_derived_values,
)
from seamproof.checks.dependencies.experiment.in_process.background_failures import (
    with_background_failures,
)
from seamproof.checks.dependencies.experiment.in_process.reading_lines import with_places
from seamproof.checks.dependencies.experiment.investigation import Investigation
from seamproof.checks.dependencies.experiment.opening import open_types, types_acting_on_values
from seamproof.checks.dependencies.experiment.preparation import PreparedType, Trial, prepare
from seamproof.checks.dependencies.experiment.trials import (
    NOT_STEADY,
    TrialRunner,
    Unsteady,
)
from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse, UseKind
from seamproof.checks.probe.sending.pacing import RunStopped
from seamproof.checks.probe.sending.sender import HandlerGone, OutOfTime
from seamproof.checks.state.calibration import calibrate_rest, observer_of
from seamproof.checks.state.effects import (
    acting_types,
    event_outcomes,
    observe_types,
    recorded_types,
)
from seamproof.checks.state.liveness import collect_background
from seamproof.errors import SeamproofError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from seamproof.checks.dependencies.experiment.effects import Effect
    from seamproof.checks.dependencies.experiment.investigation import Steps
    from seamproof.checks.dependencies.experiment.variants import PropertyVariant
    from seamproof.checks.probe.probe import Probe
    from seamproof.checks.runner.session import Session

#: Seconds that changes come late from which on there are no more rounds for derived values.
_LONG_LAG: Final = 0.5
_NOT_ACCEPTED: Final = "the handler accepts no event that has it"
_IRREGULAR: Final = "how late changes come varies: say with the option settle how long to wait"
_OUT_OF_TIME: Final = "the time limit was reached"


def find_dependencies(
    session: Session,
    *,
    max_time: float | None = None,
    on_type: Callable[[int, int], object] = lambda *_: None,
    option_name: Callable[[str], str] = str,
) -> Dependencies:
    """
    Find out by experiment what a handler depends on.

    Args:
        session: The open handler, with its state.
        max_time: Seconds after which nothing more is sent; None sets no end.
        on_type: Is called with the number of event types that are decided, and of all.
        option_name: Names an option as the user knows it.
    """
    began = time.perf_counter()
    run = session.start(option_name=option_name)
    run.open()
    probe = run.probe
    stopped, uses = run.stopped, dict[str, TypeUse]()
    if not stopped:
        probe.one_of_each = False
        if max_time is not None:
            probe.budget.deadline, probe.budget.may_grow = time.monotonic() + max_time, False
        experiment = _Experiment(probe, on_type)
        stopped = _until_stopped(experiment.run, option_name, experiment.last_sent)
        if session.target.in_process and not stopped:
            root = session.target.context.root
            stopped = _until_stopped(lambda: experiment.look_inside(root), option_name)
        uses = experiment.uses | {
            one: experiment.until_now(one, stopped or NOT_STEADY)
            for one in experiment.acting
            if one not in experiment.uses
        }
        uses = _explained(probe, uses)
    return _result(session, probe, uses, stopped, time.perf_counter() - began)


def _until_stopped(
    experiment: Callable[[], object],
    option_name: Callable[[str], str],
    last_sent: Callable[[], str] = str,
) -> str:
    try:
        experiment()
    except SeamproofError as problem:
        if problem.option != "state":
            raise
        # A handler may accept what its state cannot show.
        where = f"{option_name(problem.option)} {problem.where}: {problem.what}"
        found = f", found {problem.found}" if problem.found else ""
        return f"the state can no longer be read{last_sent()}: {where}{found}"
    except OutOfTime as problem:
        return str(problem) or _OUT_OF_TIME
    except HandlerGone as problem:
        return f"the handler does not answer: {problem}"
    except RunStopped as reason:
        return reason.text(option_name)
    return ""


def _explained(probe: Probe, uses: dict[str, TypeUse]) -> dict[str, TypeUse]:
    """
    Say of types whose events no longer have an effect that a thread of the handler has ended.
    """
    collect_background(probe)
    failures = probe.state.liveness.background
    ended = {one.escaped.text for one in failures if one.source == "thread"}
    if not ended:
        return uses
    reason = f"{NOT_STEADY}: a thread of the handler ended with {min(ended)}"
    return {
        name: replace(one, reason=reason) if one.reason == NOT_STEADY else one
        for name, one in uses.items()
    }


def _result(
    session: Session, probe: Probe, uses: dict[str, TypeUse], stopped: str, seconds: float
) -> Dependencies:
    outcomes = event_outcomes(probe) if probe.state.observation is not None else ()
    others = [one for one in outcomes if one.event_type not in uses]
    ignored = [one.event_type for one in others if one.outcome == "ignores"]
    undecided = [(one.event_type, one.reason) for one in others if one.event_type not in ignored]
    return Dependencies(
        target=session.options.name or session.target.name,
        types=tuple(uses[one] for one in sorted(uses)),
        ignored=tuple(ignored),
        undecided=tuple(undecided),
        deliveries=probe.sent,
        seconds=seconds,
        stopped=stopped,
    )


class _Experiment:
    """
    The experiment on a handler.

    Args:
        probe: Of the run.
        on_type: Is called with the number of event types that are decided, and of all.

    Attributes:
        uses: By event type, what was found.
        acting: The event types that have an effect.
    """

    def __init__(self, probe: Probe, on_type: Callable[[int, int], object]) -> None:
        self.uses: dict[str, TypeUse] = {}
        self.acting: list[str] = []
        self._probe = probe
        self._observer = observer_of(probe)
        self._runner = TrialRunner(self._observer)
        self._on_type = on_type
        self._count = 0
        self._prepared: dict[str, PreparedType] = {}
        self._held: dict[str, PreparedType] = {}
        self._running: dict[str, Investigation] = {}

    def run(self) -> None:
        """
        Find the event types that have an effect, and investigate them.
        """
        probe = self._probe
        calibrate_rest(probe)
        observe_types(self._observer, probe.events.event_types)
        # Many events are rejected now for what they lack. A control would have an effect as well.
        probe.other_limits.is_watched = False
        acting = {*acting_types(probe), *recorded_types(probe)}
        changed = types_acting_on_values(self._runner, probe)
        types = sorted(acting.union(changed))
        self.acting = types
        self._count = len(types)
        self._open(types, changed)
        if self._runner.can_send_many:
            # Rounds take long, so that each property is tried at once.
            every = frozenset(name for one in self._prepared.values() for name in one.properties)
            self._investigate(types, every)
            return
        # What decides what is done with the first type is likely to do so with the others.
        self._investigate(types[:1], frozenset())
        likely = frozenset(
            one.pointer for use in self.uses.values() for one in use.used if one.is_read
        )
        self._investigate(types[1:], likely)

    def until_now(self, event_type: str, reason: str) -> TypeUse:
        """
        Say what was found of an event type before the experiment ended.

        Args:
            event_type: The event type.
            reason: Why it ended.
        """
        prepared = self._prepared.get(event_type)
        if prepared is None:
            return TypeUse(event_type=event_type, reason=reason)
        found = self._running.get(event_type) or Investigation(
            prepared.plain, prepared.properties, prepared.variants
        )
        return found.until_now(reason)

    def last_sent(self) -> str:
        """
        Say what was delivered last, and so may be the reason why the state cannot be read.
        """
        last = self._runner.last
        if not last:
            return ""
        several = f"{len(last)} events, such as " if len(last) > 1 else ""
        return f" after the delivery of {several}{last[0].text}"

    def look_inside(self, root: Path) -> None:
        """
        Add what is seen of a handler in this process only.

        Args:
            root: The directory that places are relative to.
        """
        self.uses = with_background_failures(self._runner, self.uses, self._prepared, self._probe)
        for event_type, use in self.uses.items():
            prepared = self._prepared.get(event_type)
            if prepared is not None and not use.reason:
                self.uses[event_type] = with_places(self._runner, use, prepared, root)

    def _investigate(self, types: Sequence[str], likely: frozenset[str]) -> None:
        """
        Investigate some event types: together, where the effects of their events are apart.
        """
        opened = [self._prepared[one] for one in types if one not in self.uses]
        for one in self._run_all(opened, likely):
            if one.plain.is_independent and (
                self.uses[one.plain.event_type].reason and not self._observer.is_late
            ):
                # A state may have room for a few events only: each is tried alone.
                one.plain.is_independent, one.plain.is_dirty = False, True
                self._run_all([one], likely)
        held = [self._held[one] for one in types if one in self._held]
        if self._observer.observation.lag < _LONG_LAG:
            self._run_all(held, likely)
            return
        for name in (one.plain.event_type for one in held):
            self.uses[name] = in_doubt(self.uses[name])

    def _run_all(
        self, prepared: Sequence[PreparedType], likely: frozenset[str]
    ) -> Sequence[PreparedType]:
        found = [Investigation(one.plain, one.properties, one.variants, likely) for one in prepared]
        self._running |= {one.plain.event_type: one for one in found}
        self._run_together([one.run() for one in found if one.plain.is_independent])
        for one in found:
            if not one.plain.is_independent:
                self._run_together([one.run()])
        return prepared

    def _open(
        self, types: Sequence[str], changed: Mapping[str, tuple[PropertyVariant, ...]]
    ) -> None:
        """
        Find out what the plain events of some types do.
        """
        self._prepared = {
            one: prepare(self._probe, one, changed=changed.get(one, ())) for one in types
        }
        for one in open_types(self._runner, self._probe.events, [*self._prepared.values()]):
            self._keep(TypeUse(event_type=one.plain.event_type, reason=NOT_STEADY))
        every = self._prepared.values()
        self._held = types_with_derived_values(self._probe, self._runner, every)

    def _run_together(self, running: list[Steps[TypeUse]]) -> None:
        """
        Run investigations side by side: the trials of one round of all are delivered together.
        """
        asked = dict[int, list[Trial]]()
        effects: dict[int, list[Effect]] = {}
        active = dict(enumerate(running))
        while active:
            for at, steps in list(active.items()):
                try:
                    asked[at] = steps.send(effects[at]) if at in effects else next(steps)
                except StopIteration as done:
                    del active[at]
                    asked.pop(at, None)
                    self._keep(done.value)
            effects = self._observe(active, asked)

    def _observe(
        self, active: dict[int, Steps[TypeUse]], asked: dict[int, list[Trial]]
    ) -> dict[int, list[Effect]]:
        trials = [(at, one) for at in active for one in asked[at]]
        try:
            found = self._runner.observe([one for _, one in trials])
        except Unsteady as problem:
            # Only one investigation is active where the state is put back between trials.
            for at, steps in list(active.items()):
                del active[at]
                try:
                    steps.throw(problem)
                except StopIteration as done:
                    self._keep(done.value)
            return {}
        effects: dict[int, list[Effect]] = {at: [] for at in active}
        for (at, _), effect in zip(trials, found, strict=True):
            effects[at].append(effect)
        return effects

    def _with_doubts(self, use: TypeUse) -> TypeUse:
        """
        Add what is undecided: properties that no accepted event has, and all that may come late.
        """
        if use.reason:
            return use
        reason = _IRREGULAR if self._observer.observation.is_irregular else ""
        known = [
            replace(one, use=UseKind.UNDECIDED, reason=reason)
            if reason and one.use is UseKind.UNUSED
            else one
            for one in use.properties
        ]
        missing = [
            PropertyUse(pointer=one, use=UseKind.UNDECIDED, reason=_NOT_ACCEPTED)
            for one in self._prepared[use.event_type].missing
        ]
        both = sorted([*known, *missing], key=lambda one: one.pointer)
        return replace(use, properties=tuple(both))

    def _keep(self, use: TypeUse) -> None:
        before = self.uses.get(use.event_type)
        found = self._with_doubts(use)
        self.uses[use.event_type] = merged(before, found) if before else found
        self._on_type(len(self.uses), self._count)
