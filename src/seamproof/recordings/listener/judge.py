"""
Judges deliveries: verifies and validates them, collects drift, saves fixtures.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from seamproof.recordings.drift import Drift, deviations, flawed, huge, is_huge
from seamproof.recordings.listener.delivery import Judgement
from seamproof.schemas.json_text import decode_bytes, parse
from seamproof.schemas.payload_validation import claimed_type
from seamproof.signing import Reason, verify

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.json_types import Json
    from seamproof.recordings.drift import Deviation
    from seamproof.recordings.fixtures import FixtureWriter
    from seamproof.recordings.listener.delivery import ReceivedRequest
    from seamproof.schemas.catalogue import Catalogue
    from seamproof.schemas.json_text import Flaw
    from seamproof.signing import Secret, Verdict

#: How many fixtures a session saves: a sender that no secret keeps out must not fill the disk.
_MOST_SAVED: Final = 10_000
#: Characters of an id or a type that are shown.
_LONGEST: Final = 100


class Judge:
    """
    Judges one delivery after another; it is used by one thread.

    Attributes:
        drift: The deviations of all genuine events; of all, where there is no secret.

    Args:
        secrets: What deliveries may be signed with; none to verify nothing.
        catalogue: The contract.
        fixtures: Saves the events; None to save none.
    """

    def __init__(
        self, secrets: tuple[Secret, ...], catalogue: Catalogue, fixtures: FixtureWriter | None
    ) -> None:
        self.drift = Drift()
        self._secrets = secrets
        self._catalogue = catalogue
        self._fixtures = fixtures
        self._saved = 0

    def judge(self, request: ReceivedRequest) -> Judgement:
        """
        Judge a delivery. A forged one is not validated: anybody may have sent it.
        """
        verdict = self._verify(request)
        genuine = None if verdict is None else self._is_genuine(request, verdict)
        payload, flaws = _parse(request.body)
        event_type = claimed_type(payload) or ""
        event_id = str(payload.get("event_id", "")) if isinstance(payload, dict) else ""
        message_id = request.header("svix-id") or request.header("webhook-id")
        about = Judgement(
            message_id[:_LONGEST], event_type[:_LONGEST], event_id[:_LONGEST], verdict, genuine
        )
        if genuine is False:
            return about
        found, reason = self._validate(payload, flaws)
        self.drift.add(event_id or message_id or str(request.at), event_type, found)
        saved, not_saved = self._save(payload, request.body, reason)
        return replace(about, deviations=found, saved=saved, not_saved=not_saved)

    def _validate(
        self, payload: Json, flaws: tuple[Flaw, ...]
    ) -> tuple[tuple[Deviation, ...], str]:
        """
        List the deviations of a payload, and say why it is no fixture; empty if it can be one.
        """
        if any(flaw.rule != "duplicate_key" for flaw in flaws):
            return flawed(flaws), "it is not JSON"
        if is_huge(payload):
            return huge(), "it is huge"
        found = flawed(flaws) + deviations(payload, self._catalogue)
        return found, "" if claimed_type(payload) else "it is no event"

    def _verify(self, request: ReceivedRequest) -> Verdict | None:
        if not self._secrets:
            return None
        return verify(request.body, _texts(request), self._secrets, now=request.at)

    def _is_genuine(self, request: ReceivedRequest, verdict: Verdict) -> bool:
        if verdict.reason not in (Reason.STALE, Reason.FUTURE):
            return verdict.valid
        # An inspector of a tunnel sends old requests again.
        again = verify(
            request.body, _texts(request), self._secrets, now=request.at, tolerance=math.inf
        )
        return again.valid

    def _save(self, payload: Json, body: bytes, reason: str) -> tuple[Path | None, str]:
        """
        Save an event, if fixtures are saved.

        Returns:
            The new file, if there is one, and why the event could not be saved.
        """
        if self._fixtures is None:
            return None, ""
        if reason:
            return None, reason
        if self._saved >= _MOST_SAVED:
            return None, f"{_MOST_SAVED:,} events have been saved"
        try:
            fixture = self._fixtures.write(payload, body)
        except (OSError, ValueError) as problem:
            return None, getattr(problem, "strerror", None) or str(problem)
        self._saved += fixture.is_new
        return fixture.path if fixture.is_new else None, ""


def _parse(body: bytes) -> tuple[Json, tuple[Flaw, ...]]:
    text, flaw = decode_bytes(body)
    return (None, (flaw,)) if flaw is not None else parse(text)


def _texts(request: ReceivedRequest) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
