"""
The fixtures. Whatever is heavy is imported inside them, by those who use them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from seamproof.events import Delivery


class SampleFactory(Protocol):
    """
    Makes a valid event of a type, with any of its properties set.
    """

    def __call__(self, event_type: str, **overrides: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        """
        Make one.
        """


class DeliveryFactory(Protocol):
    """
    Makes a signed delivery of an event, or of a sample of an event type.
    """

    def __call__(self, event: str | dict[str, Any]) -> Delivery:
        """
        Make one.
        """


@pytest.fixture(scope="session")
def seam_secret() -> str:
    """
    The signing secret, `whsec_…`. Override it to use the one that your handler knows.
    """
    from seamproof.signing import Secret  # noqa: PLC0415 - paid by those who use it

    return Secret.generate().reveal()


@pytest.fixture(scope="session")
def seam_sample() -> SampleFactory:
    """
    Make valid events: `seam_sample("acs_credential.issued", acs_system_id=…)`.
    """
    from seamproof.strategies import Sampler  # noqa: PLC0415 - paid by those who use it

    sampler = Sampler()

    def sample(event_type: str, **overrides: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        from seamproof.strategies import override_properties  # noqa: PLC0415 - as above

        return override_properties(sampler.event(event_type), overrides)

    return sample


@pytest.fixture(scope="session")
def seam_delivery(seam_secret: str, seam_sample: SampleFactory) -> DeliveryFactory:
    """
    Sign an event, or a sample of an event type: `.body` and `.headers` are ready to be posted.
    """
    from seamproof.events import Event, mint_message_id  # noqa: PLC0415 - paid by those who use it
    from seamproof.signing import sign  # noqa: PLC0415 - as above

    def deliver(event: str | dict[str, Any]) -> Delivery:
        payload = seam_sample(event) if isinstance(event, str) else event
        now = time.time()
        message_id = mint_message_id(now)
        body = Event.of(payload).body
        return sign(body, seam_secret, message_id=message_id, timestamp=int(now))

    return deliver
