"""
Where the values of a property occur in the changes of a state.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from seamproof.checks.dependencies.experiment.effects import label_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from seamproof.checks.dependencies.experiment.effects import Leaf
    from seamproof.checks.dependencies.experiment.variants import TriedProperty
    from seamproof.json_types import Json

#: Letters of a text that is not in a state by chance.
_DISTINCT: Final = 4
#: Characters of a number that is not in a text by chance.
_DIGITS: Final = 3

#: Path, operation and value of a change; a number that was increased counts as one that was set.
BareChange = tuple[str, str, str]


class ValueTexts(NamedTuple):
    """
    What of a value is looked for in the state.

    Attributes:
        values: The scalars in it, and what is empty.
        label: What stands for an id or a time.
        is_divided: Whether they are inside of an object or a list.
    """

    values: tuple[Json, ...]
    label: str
    is_divided: bool

    @classmethod
    def of(cls, one: TriedProperty) -> ValueTexts:
        """
        Look for the value of a property in the plain event.
        """
        values = tuple(_scalars(list(one.values)))
        return cls(values, label_of(one.pointer), isinstance(one.value, dict | list))

    def are_held(self, leaf: Leaf, taken: Collection[str]) -> bool:
        """
        Whether a change holds one of them, and not whether they are there.

        Args:
            leaf: The change.
            taken: Paths at which there is another value without them.
        """
        if self.is_divided and leaf.path in taken:
            values = [one for one in self.values if not isinstance(one, bool | None)]
            return self._replace(values=tuple(values)).are_in(leaf)
        return self.are_in(leaf)

    def are_in(self, leaf: Leaf) -> bool:
        """
        Whether a change holds one of them.
        """
        return self._is_labelled(leaf.path + leaf.value) or any(
            holds(value, leaf) for value in self.values
        )

    def are_in_path(self, leaf: Leaf) -> bool:
        """
        Whether one of them is a key of the path of a change.
        """
        return self._is_labelled(leaf.path) or any(
            isinstance(value, str) and len(value) >= _DISTINCT and value in leaf.path
            for value in self.values
        )

    def _is_labelled(self, text: str) -> bool:
        # The ids and times inside of a value have labels of their own.
        return self.label in text or f"{self.label[:-1]}/" in text


def as_set(leaf: Leaf) -> BareChange:
    """
    Write a change as if the value had been set.
    """
    return leaf.path, "set" if leaf.total else leaf.op, leaf.total or leaf.value


def _scalars(value: Json) -> Iterator[Json]:
    if isinstance(value, dict | list) and value:
        for one in value.values() if isinstance(value, dict) else value:
            yield from _scalars(one)
    else:
        yield value


def is_distinct(value: Json) -> bool:
    """
    Whether a value is not in a state by chance.
    """
    return len(value) >= _DISTINCT if isinstance(value, str) else value not in (0, 1, None)


def inner(text: str) -> str:
    """
    Write a text as it stands within a JSON text.
    """
    return json.dumps(text, ensure_ascii=False)[1:-1]


def is_text_of(text: str, value: Json) -> bool:
    """
    Whether a text is a value as JSON; 24 is 24.0.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(text) == value
        except ValueError:
            return False
    return text == json.dumps(value, ensure_ascii=False)


def holds(value: Json, leaf: Leaf) -> bool:
    """
    Whether a change is of a value, or has it in a longer text.
    """
    return is_text_of(as_set(leaf)[2], value) or is_in(value, leaf)


def is_in(value: Json, leaf: Leaf) -> bool:
    """
    Whether a distinct text, or a number, is in a change.
    """
    if isinstance(value, str):
        is_there = value in leaf.path or inner(value) in leaf.value
        return is_there and is_distinct(value)
    if isinstance(value, bool | None):
        return False
    text = as_set(leaf)[2]
    is_within = len(json.dumps(value)) >= _DIGITS and text.startswith('"')
    return is_text_of(text, value) or (is_within and bool(number_within(value).search(text)))


def number_within(value: float) -> re.Pattern[str]:
    """
    Find a number within a text.
    """
    return re.compile(rf"(?<![\d.]){re.escape(json.dumps(value))}(?!\.?\d)")
