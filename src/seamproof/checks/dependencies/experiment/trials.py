"""
Delivers the trials of an experiment, many before one reading of the state where they are apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.dependencies.experiment.effects import (
    effect_of,
    is_of_type,
    is_sum,
    roles_of_each,
    share_of,
    split_by_event,
)
from seamproof.checks.dependencies.experiment.preparation import Trial
from seamproof.checks.model.causes import answer_text
from seamproof.checks.probe.deliveries import send_each
from seamproof.checks.state.observer import discard_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seamproof.checks.dependencies.experiment.effects import Effect
    from seamproof.checks.model.exchange import Received, Request
    from seamproof.checks.model.state_changes import StateDiff
    from seamproof.checks.state.observer import StateObserver
    from seamproof.json_types import JsonObject

#: Trials that are delivered before one reading of the state.
_TOGETHER: Final = 128
#: How often a plain event is delivered until the state is again what plain events make of it.
_RESTORATIONS: Final = 4
#: The most of them, where all could be attributed so far, or each reading waits for late changes.
_MOST_TOGETHER: Final = 1024
#: Readings more that wait for late changes.
_LATE_READINGS: Final = 2

NOT_STEADY: Final = "plain events of this type do not have the same effect each time"


class Unsteady(Exception):
    """
    Plain events of a type no longer have the effect that they had.
    """


class TrialRunner:
    """
    Delivers trials and observes their effects.

    Args:
        observer: Of the handler's state.

    Attributes:
        last: The trials that were delivered last.
        requests: Those in which they were delivered.
    """

    def __init__(self, observer: StateObserver) -> None:
        self.last: Sequence[Trial] = ()
        self.requests: Sequence[Request] = ()
        self._together, self._was_divided = _TOGETHER, False
        self._observer = observer

    @property
    def can_send_many(self) -> bool:
        """
        Whether a reading takes long and deliveries do not: changes come late, however many.
        """
        return self._observer.is_late and not self._observer.observation.lag_per_delivery

    def observe(self, trials: Sequence[Trial]) -> list[Effect]:
        """
        Deliver trials, and return the effect of each, as it is where only that one is delivered.

        Raises:
            Unsteady: A plain event no longer has the effect that it had.
        """
        effects: dict[int, Effect] = {}
        independent = [at for at, one in enumerate(trials) if one.plain.is_independent]
        for lacks_type, observe in ((False, self._observe_together), (True, self._observe_equal)):
            together = [at for at in independent if trials[at].lacks_type is lacks_type]
            while together:
                most = _MOST_TOGETHER if self.can_send_many else self._together
                group, together = together[:most], together[most:]
                found = observe([trials[at] for at in group])
                effects |= dict(zip(group, found, strict=True))
                if len(group) == self._together and not self._was_divided:
                    # A reading of a state that grows takes longer each time.
                    self._together = min(2 * most, _MOST_TOGETHER)
        for at, one in enumerate(trials):
            if at not in effects:
                effects[at] = self._observe_in_turn(one)
        return [effects[at] for at in range(len(trials))]

    def observe_alone(self, trial: Trial) -> Effect:
        """
        Deliver a trial alone.
        """
        effects = self._deliver([trial])
        if effects is None:
            message = "the changes of one event are of several"
            raise AssertionError(message)
        return effects[0]

    def changes_of(self, trials: Sequence[Trial]) -> StateDiff:
        """
        Deliver trials, and return what all of them change.
        """
        before = self._observer.snapshot()
        events, sent = self._send(trials)
        roles = roles_of_each(events, [request for request, _ in sent])
        return self._observer_of(trials).changes_since(before, roles)

    def effects_of_each(self, trials: Sequence[Trial]) -> list[Effect] | None:
        """
        Deliver plain events of different types, whose effects are not known, before one reading.

        Returns:
            None if changes cannot be attributed to one of them.
        """
        before = self._observer.snapshot()
        events, sent = self._send(trials)
        roles = roles_of_each(events, [request for request, _ in sent], by_type=True)
        changes = self._observer.changes_since(before, roles)
        of_types = split_by_event(tuple(filter(is_of_type, changes)), len(trials))
        parts = split_by_event(tuple(c for c in changes if not is_of_type(c)), len(trials))
        accepted = [self._observer.probe.is_accepted(received) for _, received in sent]
        share = share_of(parts[1], sum(accepted)) if parts and any(accepted) else None
        if parts is None or of_types is None or share is None:
            return None
        return [
            effect_of(own, (*share, *typed) if is_accepted else (), accepted=is_accepted, answer="")
            for own, typed, is_accepted in zip(parts[0], of_types[0], accepted, strict=True)
        ]

    def which_are_apart(self, trials: Sequence[Trial], count: int) -> list[bool]:
        """
        Say of each trial whether several of it before one reading each have the effect of one.
        """
        effects = self._deliver([*trials] * count)
        return [
            effects is not None
            and all(
                one.expected is not None and effect.key == one.expected.key
                for effect in effects[at :: len(trials)]
            )
            for at, one in enumerate(trials)
        ]

    def send_only(self, trial: Trial) -> None:
        """
        Deliver a trial, whatever it does.
        """
        self._send([trial])

    def _observe_together(self, trials: Sequence[Trial]) -> list[Effect]:
        overlap = self._observer.probe.overlap
        most, at_once = overlap.most, overlap.at_once
        effects = self._deliver(trials)
        if at_once > 1 and (overlap.most < most or _is_contradicted(effects, trials)):
            # A handler may mix up what comes at the same time.
            overlap.most = 1
            effects = self._deliver(trials)
        if effects is not None:
            return effects
        self._together, self._was_divided = _TOGETHER, True
        half = len(trials) // 2
        return [*self._observe_together(trials[:half]), *self._observe_together(trials[half:])]

    def _observe_equal(self, trials: Sequence[Trial]) -> list[Effect]:
        """
        Deliver trials with which a handler does the same: where one is not apart, none is.
        """
        return self._deliver(trials) or [self._observe_in_turn(one) for one in trials]

    def _observe_in_turn(self, trial: Trial) -> Effect:
        """
        Deliver a trial after the state is what plain events make of it.
        """
        plain = trial.plain
        if plain.is_dirty and plain.effect is not None:
            again = Trial(plain)
            for _ in range(_RESTORATIONS):
                if self.observe_alone(again).key == plain.effect.key:
                    break
            else:
                raise Unsteady
        plain.is_dirty = bool(trial.variants)
        return self.observe_alone(trial)

    def _deliver(self, trials: Sequence[Trial]) -> list[Effect] | None:
        """
        Deliver trials and read the state once.

        Returns:
            None if several were delivered and the effect of each cannot be made out.
        """
        observer = self._observer_of(trials)
        probe = observer.probe
        before = observer.snapshot()
        events, sent = self._send(trials)
        answers = [(probe.is_accepted(received), answer_text(received)) for _, received in sent]
        roles = roles_of_each(events, [request for request, _ in sent])
        effects = self._effects(trials, answers, observer.changes_since(before, roles))
        for _ in range(self._more_readings):
            if _are_expected(effects, trials):
                break
            # A worker may be delayed: what does not come is only known after another wait.
            discard_snapshot(probe)
            earlier = effects
            effects = self._effects(trials, answers, observer.changes_since(before, roles))
            if effects is not None and effects == earlier:
                break
        return effects

    def _observer_of(self, trials: Sequence[Trial]) -> StateObserver:
        """
        Leave ids in the state as they are, where those of the events are held.
        """
        is_held = any(one.plain.held_ids for one in trials)
        return replace(self._observer, masks_ids=not is_held)

    @property
    def _more_readings(self) -> int:
        """
        How often the state is read again for late changes, unless the user has said how late.
        """
        is_known = self._observer.probe.settings.settle is not None
        return _LATE_READINGS if self._observer.is_late and not is_known else 0

    def _send(
        self, trials: Sequence[Trial]
    ) -> tuple[list[JsonObject], list[tuple[Request, Received]]]:
        self.last = trials
        probe = self._observer.probe
        events = [self._event(one) for one in trials]
        self.requests = requests = [
            probe.signed(event, event_type=one.plain.event_type)
            for event, one in zip(events, trials, strict=True)
        ]
        return events, list(send_each(probe, requests))

    def _effects(
        self, trials: Sequence[Trial], answers: Sequence[tuple[bool, str]], changes: StateDiff
    ) -> list[Effect] | None:
        is_alone = len(trials) == 1
        parts = split_by_event(changes, len(trials))
        if parts is None:
            return None
        each, shared = parts
        # What is answered with an error may have had its effect before.
        possible = (_shared_of(trials, answers), map(_expected_shared, trials))
        if not is_alone and not any(is_sum(shared, one) for one in possible):
            return None
        return [
            effect_of(
                own,
                shared if is_alone else _expected_shared(trial) if accepted else (),
                accepted=accepted,
                answer=answer,
            ).without(trial.plain.hidden)
            for trial, own, (accepted, answer) in zip(trials, each, answers, strict=True)
        ]

    def _event(self, trial: Trial) -> JsonObject:
        probe, plain = self._observer.probe, trial.plain
        digits = probe.encoding.digits
        event = probe.events.fresh(
            plain.event, digits=digits, until=plain.at, held_ids=plain.held_ids
        )
        for variant in trial.variants:
            variant.apply(event)
        return event


def _expected_shared(trial: Trial) -> StateDiff:
    return trial.expected.shared if trial.expected is not None else ()


def _shared_of(trials: Sequence[Trial], answers: Sequence[tuple[bool, str]]) -> Iterable[StateDiff]:
    return [
        _expected_shared(trial)
        for trial, (accepted, _) in zip(trials, answers, strict=True)
        if accepted
    ]


def _is_contradicted(effects: Sequence[Effect] | None, trials: Sequence[Trial]) -> bool:
    """
    Whether a trial that was repeated had another effect.
    """
    return effects is not None and any(
        one.seen is not None and one.seen.key != effect.key
        for one, effect in zip(trials, effects, strict=True)
    )


def _are_expected(effects: Sequence[Effect] | None, trials: Sequence[Trial]) -> bool:
    """
    Whether each effect is the expected one.
    """
    return effects is not None and all(
        one.expected is None or one.expected.key == effect.key or not effect.accepted
        for one, effect in zip(trials, effects, strict=True)
    )
