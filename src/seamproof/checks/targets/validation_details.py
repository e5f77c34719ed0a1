"""
What a validation library found wrong, read from its exception: an entry for each error.

One line of code that validates a whole event fails for many reasons. The libraries are recognised
by the form of their exceptions, so that none of them has to be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

#: How many exceptions are looked at, from the one that was raised to its first cause.
_DEPTH: Final = 6
#: How many errors of one exception are kept.
_MAX_DETAILS: Final = 40
#: Attributes that hold errors by property: Django, Django REST framework, marshmallow.
_BY_PROPERTY: Final = ("message_dict", "detail", "messages")
#: Keywords of JSON Schema whose errors are about the object, and name the property in their text.
_ABOUT_OBJECTS: Final = ("required", "additionalProperties", "unevaluatedProperties")


def validation_details(error: BaseException) -> tuple[str, ...]:
    """
    Describe each error of a validation: `method: literal_error`.

    Returns:
        Sorted; empty if neither the exception nor its causes come from a validation library.
    """
    for one in _chain(error):
        # An exception of the handler's own may have any attribute, and raise when it is read.
        with suppress(Exception):
            if found := sorted({entry for entry in _details(one) if entry})[:_MAX_DETAILS]:
                return tuple(found)
    return ()


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_DEPTH):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__


def _details(error: BaseException) -> Iterator[str]:
    if isinstance(error, BaseExceptionGroup):
        yield from (_leaf(one) for one in _leaves(error))
        return
    listed = getattr(error, "errors", None)
    if callable(listed):
        listed = listed()
    if isinstance(listed, list | tuple):
        # Pydantic and FastAPI list mappings; voluptuous lists exceptions with a path.
        for one in listed:
            if isinstance(one, Mapping) and "loc" in one:
                yield f"{dotted(one['loc'])}: {one.get('type') or one.get('msg')}"
            elif path := getattr(one, "path", None):
                yield f"{dotted(path)}: {getattr(one, 'error_message', one)}"
        return
    if isinstance(keyword := getattr(error, "validator", None), str):
        # jsonschema.
        text = f": {getattr(error, 'message', '')}" if keyword in _ABOUT_OBJECTS else ""
        yield f"{dotted(getattr(error, 'absolute_path', ()))}: {keyword}{text}"
        return
    for name in _BY_PROPERTY:
        if isinstance(found := getattr(error, name, None), Mapping):
            yield from _flattened(found)
            return


def dotted(path: object) -> str:
    """
    Write the path of an error with dots: `requested_mutations.0.code`.
    """
    parts = path if isinstance(path, Iterable) and not isinstance(path, str) else [path]
    return ".".join(map(str, parts))


def _leaves(group: BaseExceptionGroup) -> Iterator[BaseException]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(one)
        else:
            yield one


def _leaf(error: BaseException) -> str:
    # cattrs names the attribute in a note.
    notes = getattr(error, "__notes__", [])
    return ", ".join([f"{type(error).__name__}: {error}", *map(str, notes)])


def _flattened(errors: Mapping[object, object], path: str = "") -> Iterator[str]:
    for name, found in errors.items():
        where = f"{path}.{name}" if path else str(name)
        if isinstance(found, Mapping):
            yield from _flattened(found, where)
        else:
            texts = found if isinstance(found, list | tuple) else [found]
            yield from (f"{where}: {text}" for text in texts)
