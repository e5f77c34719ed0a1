"""
JSON Pointers (RFC 6901): parse and format them, follow them, change what they point at.

A path is a parsed pointer: the names and indexes that lead to a value. An index is an `int`
or a text of digits. Every lookup that fails raises a `LookupError`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.formats import read_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seamproof.json_types import Json

#: The names and indexes that lead to a value.
Path: TypeAlias = tuple[str | int, ...]

#: What stands for any item of a list in a pointer that is a pattern.
ANY: Final = "*"


def escape(name: str) -> str:
    """
    Format a name as a token of a pointer.
    """
    return name.replace("~", "~0").replace("/", "~1")


def to_pointer(path: Iterable[str | int]) -> str:
    """
    Format a path: `/errors/0/message`.
    """
    return "".join(f"/{escape(str(token))}" for token in path)


def parse(pointer: str) -> tuple[str, ...]:
    """
    Parse a pointer; indexes stay texts of digits.

    Raises:
        ValueError: It is neither empty nor begins with a slash.
    """
    root, *tokens = pointer.split("/")
    if root:
        message = f"a JSON Pointer begins with a slash: {pointer!r}"
        raise ValueError(message)
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in tokens)


def readable(pointer: str) -> str:
    """
    Write the path of a property as people do: `from.code`; an item of a list, `*`, as `list[]`.
    """
    return ".".join(parse(pointer.replace("/*", "[]")))


def get(value: Json, path: Iterable[str | int]) -> Json:
    """
    Follow a path.

    Raises:
        LookupError: It leads nowhere.
    """
    for token in path:
        value = value[_key(value, token)]
    return value


def assign(value: Json, path: Sequence[str | int], new: Json) -> None:
    """
    Set the member at a path, in place; the index after the last item appends an item.

    Raises:
        LookupError: The path leads nowhere.
    """
    *parents, last = path
    holder = get(value, parents)
    if isinstance(holder, list) and read_digits(str(last)) == len(holder):
        holder.append(new)
    else:
        holder[_key(holder, last, new=True)] = new


def remove(value: Json, path: Sequence[str | int]) -> None:
    """
    Remove the member at a path, in place.

    Raises:
        LookupError: The path leads nowhere.
    """
    *parents, last = path
    holder = get(value, parents)
    del holder[_key(holder, last)]


def replaced(value: Json, path: Sequence[str | int], new: Json) -> Json:
    """
    Copy a value with another member at a path; what the path does not pass through is shared.

    Raises:
        LookupError: The path leads nowhere.
    """
    copied = holder = copy.copy(value)
    *parents, last = path
    for token in parents:
        key = _key(holder, token)
        holder[key] = copy.copy(holder[key])
        holder = holder[key]
    assign(holder, (last,), new)
    return copied


def walk(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """
    Iterate over a value and all that is inside it, each with its path.
    """
    yield path, value
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from walk(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))


def paths_of(value: Json, tokens: Sequence[str], path: Path = ()) -> Iterator[Path]:
    """
    Find the paths in a value that a parsed pointer with `*` for the items of lists stands for.
    """
    if not tokens:
        yield path
        return
    first, *rest = tokens
    if isinstance(value, list) and first == ANY:
        for at, item in enumerate(value):
            yield from paths_of(item, rest, (*path, at))
    elif isinstance(value, dict) and first in value:
        yield from paths_of(value[first], rest, (*path, first))


def _key(holder: Json, token: str | int, *, new: bool = False) -> str | int:
    """
    Resolve a token to what the holder is indexed with.
    """
    if isinstance(holder, list):
        index = read_digits(str(token))
        if index is not None and index < len(holder):
            return index
    elif isinstance(holder, Mapping) and (new or token in holder):
        return token
    raise LookupError(token)
