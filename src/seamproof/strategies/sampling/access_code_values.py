"""
Values of access codes and locks: codes, names, changes, time frames, methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.strategies.sampling.draw import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.json_types import Json, JsonObject
    from seamproof.strategies.sampling.draw import Draw

#: Where a device or an access code may be.
PLACES: Final = (
    "Front Door", "Back Door", "Garage", "Lobby", "Loft", "Studio 4", "Room 12", "Room 214",
    "Apartment 3B", "Guest House", "Pool Gate", "Server Room", "Meeting Room", "Side Entrance",
)  # fmt: skip


def pin(draw: Draw) -> str:
    """
    Draw a PIN; all PINs of one event have the same length.
    """
    if draw.shared.pin_length is None:
        draw.shared.pin_length = draw.random.choice((4, 4, 6))
    return "".join(draw.random.choices("0123456789", k=draw.shared.pin_length))


def access_code_name(draw: Draw) -> str:
    """
    Draw the name of an access code.
    """
    return f"{draw.random.choice(texts('last_name'))} - {draw.random.choice(PLACES)}"


#: The properties that each requested mutation of an access code changes.
_MUTATIONS: Final[Mapping[str, Mapping[str, Callable[[Draw], Json]]]] = {
    "updating_name": {"name": access_code_name},
    "updating_code": {"code": pin},
    "updating_time_frame": {
        "ends_at": lambda draw: draw.hour(draw.random.randint(48, 120)),
        "starts_at": lambda draw: draw.hour(draw.random.randint(1, 24)),
    },
}


def mutation_code(draw: Draw) -> str:
    """
    Draw the code of a requested mutation, which determines its values.
    """
    if draw.shared.mutation is None:
        codes = (*_MUTATIONS, "creating", "deferring_creation", "deleting")
        draw.shared.mutation = draw.random.choice(codes)
    return draw.shared.mutation


def mutated_values(draw: Draw) -> JsonObject:
    """
    Draw the values of a requested mutation.
    """
    return {name: make(draw) for name, make in _MUTATIONS.get(mutation_code(draw), {}).items()}


def last_mutated_values(draw: Draw) -> JsonObject:
    """
    Draw the last values of a requested mutation; the next item of the list is another mutation.
    """
    values = mutated_values(draw)
    draw.shared.mutation = None
    return values


def changed_property(draw: Draw) -> str:
    """
    Draw the property of an access code that has changed.
    """
    if draw.shared.changed_property is None:
        draw.shared.changed_property = draw.random.choice(("code", "name"))
    return draw.shared.changed_property


def changed_value(draw: Draw) -> str:
    """
    Draw a value of the property that has changed.
    """
    return pin(draw) if changed_property(draw) == "code" else access_code_name(draw)


def another(make: Callable[[Draw], Json], draw: Draw, first: object) -> Json:
    """
    Draw a value that differs from an earlier one.
    """
    value = make(draw)
    while value == first:
        value = make(draw)
    return value


def before(make: Callable[[Draw], Json]) -> Callable[[Draw], Json]:
    """
    Draw the value before a change.
    """

    def draw_before(draw: Draw) -> Json:
        value = make(draw)
        if draw.shared.before is None:
            draw.shared.before = value
        return draw.shared.before

    return draw_before


def after(make: Callable[[Draw], Json]) -> Callable[[Draw], Json]:
    """
    Draw the value after a change, which differs from the one before.
    """

    def draw_after(draw: Draw) -> Json:
        before, draw.shared.before = draw.shared.before, None
        return another(make, draw, before)

    return draw_after


_draw_changed_value_after: Final = after(changed_value)


def changed_value_after(draw: Draw) -> str:
    """
    Draw the last value of a change; the next item of the list is another change.
    """
    value = str(_draw_changed_value_after(draw))
    draw.shared.changed_property = None
    return value


def lock_method(draw: Draw) -> str:
    """
    Draw how a lock was operated, consistent with the other properties of the event.
    """
    if draw.present & {"access_code_id", "code"}:
        return "keycode"
    if "action_attempt_id" in draw.present:
        return "remote"
    if draw.shared.lock_method is None:
        methods = ("manual", "automatic", "remote", "card", "unknown", "mobile_key")
        draw.shared.lock_method = draw.random.choice(methods)
    return draw.shared.lock_method


def via_radio(*methods: str) -> Callable[[Draw], bool]:
    """
    Draw whether a lock was operated over a kind of radio, which only some methods use.
    """
    return lambda draw: lock_method(draw) in methods and draw.chance(0.5)


def _stay(draw: Draw) -> tuple[int, int]:
    start = draw.random.randint(1, 24)
    return start, start + draw.random.randint(24, 120)


def start(draw: Draw) -> str:
    """
    Draw the start of access.
    """
    draw.shared.stay = draw.shared.stay or _stay(draw)
    return draw.hour(draw.shared.stay[0])


def end(draw: Draw) -> str:
    """
    Draw the end of access.
    """
    draw.shared.stay = draw.shared.stay or _stay(draw)
    return draw.hour(draw.shared.stay[1])


def in_new_stay(make: Callable[[Draw], str]) -> Callable[[Draw], str]:
    """
    Draw a time of the time frame after a change.
    """

    def draw_later(draw: Draw) -> str:
        first = draw.shared.stay
        draw.shared.stay = draw.shared.new_stay = draw.shared.new_stay or _stay(draw)
        text = make(draw)
        draw.shared.stay = first or draw.shared.new_stay
        return text

    return draw_later
