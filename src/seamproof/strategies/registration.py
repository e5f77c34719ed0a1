"""
Entry point for Hypothesis: registers strategies for the types of this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypothesis import strategies as st

    from seamproof.events import Event
    from seamproof.signing import Secret


def register() -> None:
    """
    Register strategies for `Event` and `Secret`, for `st.from_type` and type annotations.

    Nothing is compiled here, and no schema is read.
    """
    from hypothesis import strategies as st

    from seamproof.events import Event
    from seamproof.signing import Secret

    st.register_type_strategy(Event, _events)
    st.register_type_strategy(Secret, _secrets)


def _events(_: object) -> st.SearchStrategy[Event]:
    from seamproof.events import Event
    from seamproof.strategies.generators.events import events

    return events().map(Event.of)


def _secrets(_: object) -> st.SearchStrategy[Secret]:
    from hypothesis import strategies as st

    from seamproof.signing import Secret
    from seamproof.signing.secret import MAX_KEY, MIN_KEY

    return st.binary(min_size=MIN_KEY, max_size=MAX_KEY).map(Secret.from_key)
