"""
Remembers what came back for each request, for the reports of sequences.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from seamproof.checks.model.exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.checks.model.exchange import Received, Request


class AnswerLog:
    """
    Remembers the answers to a request for as long as something else refers to the request.
    """

    def __init__(self) -> None:
        self._answers: dict[int, list[Answer]] = {}
        self._references: dict[int, weakref.ref[Request]] = {}

    def add(
        self,
        request: Request,
        received: Received,
        *,
        is_broken: bool = False,
        at_once: bool = False,
    ) -> None:
        """
        Remember one more answer to a request, in the place of that of a limit.

        Args:
            request: What was sent.
            received: What came back.
            is_broken: Whether the dependency of the handler was made to fail.
            at_once: Whether it was sent together with others.
        """
        answer = Answer(received=received, is_while_broken=is_broken, is_at_once=at_once)
        key = id(request)
        if key not in self._answers:
            self._answers[key] = []
            self._references[key] = weakref.ref(request, lambda _: self._forget(key))
        several = self._answers[key]
        if several and several[-1].received.is_limited and not several[-1].is_while_broken:
            several.pop()
        several.append(answer)

    def answers_to(
        self, sent: Sequence[Request], last: Received | None
    ) -> tuple[Answer | None, ...]:
        """
        Look up the answers to a sequence, in which a request may occur more than once.

        Args:
            sent: The requests, in the order in which they were sent.
            last: What came back for the last one, where that is known: of a request that was sent
                again since, the answers up to that one count.
        """
        left = {id(one): list(self._answers.get(id(one), ())) for one in sent}
        if sent:
            several, key = left[id(sent[-1])], id(sent[-1])
            end = next((at for at, one in enumerate(several, 1) if one.received is last), None)
            if end is not None:
                copies = sum(one is sent[-1] for one in sent)
                left[key] = several[max(0, end - copies) : end]
        return tuple(left[id(one)].pop(0) if left[id(one)] else None for one in sent)

    def _forget(self, key: int) -> None:
        self._answers.pop(key, None)
        self._references.pop(key, None)
