"""
The wording of an answer: its status, or the exception with its place and the line of code.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from seamproof.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.checks.model.exchange import Escaped, Received

#: Lines of an exception's message, and characters of a line.
_MESSAGE: Final = 3
SHOWN: Final = 300
#: Lines of an answer.
_LINES: Final = 4
#: A page of HTML: its parts that nobody sees, its ends of lines, its other tags. It may be cut.
_HTML: Final = re.compile(r"<(!doctype html|html|head|body)\b", re.IGNORECASE)
_UNSEEN: Final = re.compile(
    r"<(script|style|title)\b.*?(</\1\s*>|\Z)|<!--.*?(-->|\Z)", re.IGNORECASE | re.DOTALL
)
_BREAK: Final = re.compile(r"<(br|/p|/h\d|/div|/li|/tr|/pre)\b[^>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]*(>|\Z)")
#: An error of a validation in JSON, which may be cut: `"loc": ["body", "id"], "msg": "missing"`.
_FIELD_ERROR: Final = re.compile(
    r'"loc":\s*\[(?:"body",)?\s*"?([^\]]*?)"?\s*\],\s*"msg":\s*"((?:[^"\\]|\\.)*)"'
)
_PATH: Final = re.compile(r'"?,\s*"?')
#: Names of classes that many packages have: `binascii.Error`, `socket.error`.
_VAGUE: Final = ("error", "exception")


def answer_lines(received: Received) -> Iterator[str]:
    """
    Describe an answer: status and time; the line that raised and the exception, or the body.
    """
    if received.status is None and received.escaped and received.reason:
        yield received.reason
        yield from exception_lines(received.escaped)
        return
    status = "no answer" if received.status is None else str(received.status)
    location = received.headers.get("location")
    where = f" to {location[:SHOWN]}" if location else ""
    then = ", and then" if received.escaped and received.status in SUCCESS else ""
    yield f"{status}{where} after {max(1, round(received.milliseconds)):,} ms{then}"
    if received.reason:
        yield received.reason
    if received.escaped:
        yield from exception_lines(received.escaped)
    elif received.body:
        yield from body_lines(received.body)


def body_lines(body: bytes) -> Iterator[str]:
    """
    Show the first lines of an answer; of a page of HTML what a reader of it sees.

    The errors of a validation, as Pydantic writes them in JSON, are `device_id: Field required`.
    """
    text = body.decode("utf-8", "backslashreplace").strip()
    if errors := _FIELD_ERROR.findall(text):
        text = "\n".join(f"{_PATH.sub('.', path)}: {message}" for path, message in errors)
    if text[:1] == "<" and _HTML.match(text):
        text = html.unescape(_TAG.sub("", _BREAK.sub("\n", _UNSEEN.sub("", text))))
    lines = [" ".join(one.split()) for one in text.splitlines()] if "\n" in text else [text]
    filled = [one for one in lines if one]
    yield from map(shortened, filled[:_LINES])
    if len(filled) > _LINES:
        yield "…"


def exception_lines(escaped: Escaped) -> Iterator[str]:
    """
    Describe an exception: its place with the line of code, its class, its message.
    """
    source = source_line(escaped)
    yield f"  {escaped.place}   {source}".rstrip()
    first, *rest = _joined_lines(escaped.message) or [""]
    name = exception_name(escaped)
    yield f"  {name}: {shortened(first)}" if first else f"  {name}"
    for line in rest[: _MESSAGE - 1]:
        yield f"    {shortened(line)}"
    if len(rest) > _MESSAGE - 1:
        yield "    …"


def shortened(text: str) -> str:
    """
    Show the beginning of a text, with a mark that there is more.
    """
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _joined_lines(message: str) -> list[str]:
    """
    Split a message into lines, with the errors of Pydantic as `device_id: Field required`.

    Pydantic writes the whole input after each error, and a link in the line below.
    """
    lines: list[str] = []
    for line in message.splitlines():
        text, is_error, _ = line.strip().partition(" [type=")
        if text.startswith("For further information visit"):
            continue
        if is_error and len(lines) > 1:
            lines[-1] = f"{lines[-1]}: {text}"
        elif text:
            lines.append(text)
    return lines


def source_line(escaped: Escaped) -> str:
    """
    Find the line of code that raised the exception in its traceback.
    """
    file, _, number = escaped.place.rpartition(":")
    lines = escaped.trace.splitlines()
    # Python writes `File "…/app.py", line 12, in handle` and the code in the line below.
    for spot, code in zip(reversed(lines[:-1]), reversed(lines[1:]), strict=True):
        if f'{file}", line {number},' in spot:
            return code.strip()
    return ""


def exception_name(escaped: Escaped) -> str:
    """
    Name the class of an exception, with its package where the name alone says nothing.
    """
    *modules, name = escaped.kind.split(".")
    return f"{modules[0]}.{name}" if modules and name.lower() in _VAGUE else name
