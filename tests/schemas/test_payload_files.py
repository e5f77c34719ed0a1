"""
Reading files of payloads in each form, valid and with flaws.
"""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from seamproof.schemas.payload_files import FilePayload, read_payloads

ONE = {"event_type": "robot.moved", "n": 1}
TWO = {"event_type": "robot.moved", "n": 2}


def read(raw: bytes | str, *, one_a_line: bool = False) -> list[FilePayload]:
    """
    Read all payloads of a file.
    """
    stream = io.BytesIO(raw.encode() if isinstance(raw, str) else raw)
    return list(read_payloads(stream, one_a_line=one_a_line))


def flat(*payloads: Any) -> str:
    """
    Write one payload per line.
    """
    return "".join(json.dumps(payload) + "\n" for payload in payloads)


SHAPES = {
    "one": (json.dumps(ONE), [(1, ONE)]),
    "one indented": (json.dumps(ONE, indent=2), [(1, ONE)]),
    "one split oddly": ('{"a":\n{"b": 1}\n}', [(1, {"a": {"b": 1}})]),
    "an array": (json.dumps([ONE, TWO]), [(1, ONE), (1, TWO)]),
    "an indented array": (json.dumps([ONE, TWO], indent=1), [(2, ONE), (6, TWO)]),
    "an empty array": ("[]", []),
    "lines": (flat(ONE, TWO), [(1, ONE), (2, TWO)]),
    "lines with gaps": (f"\n{flat(ONE)}\n\n{flat(TWO)}\n", [(2, ONE), (5, TWO)]),
    "lines of Windows": (flat(ONE, TWO).replace("\n", "\r\n"), [(1, ONE), (2, TWO)]),
    "a mark first": ("\ufeff" + flat(ONE, TWO), [(1, ONE), (2, TWO)]),
    "a mark before an array": ("\ufeff" + json.dumps([ONE]), [(1, ONE)]),
    "a scalar": ("17", [(1, 17)]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape: str) -> None:
    """
    A file contains one event, an array of events, or one event per line.
    """
    raw, expected = SHAPES[shape]
    items = read(raw)
    assert [(item.line, item.payload) for item in items] == expected
    assert [item.index for item in items] == list(range(len(items)))
    assert not any(item.flaws for item in items)


def test_a_bad_line_among_good_ones() -> None:
    """
    A line that does not parse is one flaw; the other lines are still read.
    """
    items = read(flat(ONE) + '{"event_type": tru}\n' + flat(TWO))
    assert [bool(item.flaws) for item in items] == [False, True, False]
    assert items[1].flaws[0].message.startswith("line 2, column 16:")


def test_a_bad_first_line() -> None:
    """
    A file whose first line is truncated is still read as NDJSON.
    """
    items = read('{"event_type": "robot.moved"\n' + flat(ONE, TWO))
    assert [bool(item.flaws) for item in items] == [True, False, False]


def test_told_to_be_lines() -> None:
    """
    With `one_a_line` a file is read as NDJSON.
    """
    items = read("{\n}\n" + flat(ONE), one_a_line=True)
    assert [bool(item.flaws) for item in items] == [True, True, False]


@pytest.mark.parametrize("raw", [b"", b"\n \n"])
def test_nothing_in_the_file(raw: bytes) -> None:
    """
    An empty file is a flaw, not a success.
    """
    (item,) = read(raw)
    assert item.flaws[0].rule == "json"


def test_bad_json_over_several_lines() -> None:
    """
    A flaw in a value of several lines has its line in the file.
    """
    (item,) = read('\n{\n "a": 1\n "b": 2\n}\n')
    assert item.flaws[0].line == 4


@pytest.mark.parametrize(
    ("raw", "bodies"),
    [
        (b' {"a" : 1}\n', [b'{"a" : 1}']),
        (b'[ {"a" : "\\u00e9"} ,\n{"b":\xc3\xa9}]'.replace(b"\xc3\xa9", b'"\xc3\xa9"'), None),
        (b'{"a":1.0}\r\n{"b" :2}', [b'{"a":1.0}', b'{"b" :2}']),
    ],
)
def test_bodies_are_exact(raw: bytes, bodies: list[bytes] | None) -> None:
    """
    The bytes of an event are those of the file, without surrounding white space.
    """
    expected = bodies or [b'{"a" : "\\u00e9"}', b'{"b":"\xc3\xa9"}']
    assert [item.body for item in read(raw)] == expected


def test_lines_are_not_hoarded() -> None:
    """
    The first events of an endless NDJSON file are read before the rest.
    """

    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            line = flat(ONE).encode()
            buffer[: len(line)] = line
            self.given += 1
            return len(line)

    endless = Endless()
    items = read_payloads(io.BufferedReader(endless, buffer_size=4096))
    assert [next(items).payload for _ in range(1000)] == [ONE] * 1000
    assert endless.given < 3000
