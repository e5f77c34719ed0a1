r"""
Text by pattern and by format, as JSON Schema has them: drawn to fit, never sorted out.

A pattern is one of ECMA-262: it may stand anywhere in the text, `$` lets no
newline through, `\d` and `\w` are ASCII. It is taken apart here, and put
together again as one that means the same to Python.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, TypeAlias

from hypothesis import strategies as st

from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Ranges: TypeAlias = tuple[tuple[int, int], ...]

#: Characters that are drawn at least; a text that must be longer is filled up.
_DRAWN: Final = 64
#: Characters that a pattern may ask for at least: more are too many to draw.
_LONGEST: Final = 500

_LAST: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xDFFF)
_NEWLINES: Final = "\n\r\u2028\u2029"
_SPACES: Final = "\t\v\f \xa0\u1680\u202f\u205f\u3000\ufeff" + _NEWLINES
_SETS: Final[Mapping[str, Ranges]] = {
    "d": ((0x30, 0x39),),
    "s": ((0x2000, 0x200A), *((ord(one), ord(one)) for one in _SPACES)),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    ".": tuple((ord(one), ord(one)) for one in _NEWLINES),
}
_CONTROLS: Final[Mapping[str, str]] = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CHARACTER: Final = re.compile(
    r"""
    (?P<plain>[^\\]) | \\ (?:
      (?P<set>[dsw]) | (?P<other>[DSW]) | (?P<control>[fnrtv]) | c(?P<letter>[A-Za-z])
      | (?P<code> x[0-9A-Fa-f]{2} | u[0-9A-Fa-f]{4} | u\{0*(?:10|[0-9A-Fa-f])?[0-9A-Fa-f]{1,4}\} )
      | (?P<sign>[!-/:-@\[-`{-~])
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_GROUP: Final = re.compile(r"\((?:\?:|\?<[A-Za-z_$][\w$]*>|(?!\?))")
_COUNT: Final = re.compile(r"(?:([*+?])|\{(\d+(?:,\d*)?)\})\??")
_COUNTS: Final[Mapping[str, str]] = {"*": "0,", "+": "1,", "?": "0,1"}


class Text(NamedTuple):
    """
    A strategy of texts, and how many characters they have at least and at most.
    """

    drawn: st.SearchStrategy[str]
    low: int
    high: float


def any_text(low: int = 0, high: float = math.inf) -> st.SearchStrategy[str]:
    """
    Draw texts of a length.

    Args:
        low: Characters at least.
        high: Characters at most.
    """
    most = None if high == math.inf else int(high)
    drawn = st.text(min_size=min(low, _DRAWN), max_size=most)
    return drawn if low <= _DRAWN else drawn.map(lambda one: one.ljust(low, "x"))


def _outside(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """
    Find the characters that are in none of the ranges.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for low, high in (*sorted(ranges), (_LAST + 1, _LAST + 1)):
        if start < low:
            found.append((start, low - 1))
        start = max(start, high + 1)
    return tuple(found)


def _one_of(ranges: Ranges) -> str:
    """
    Write a class, by what it leaves out where that is less.
    """
    rest = _outside(ranges)
    many = sum(high - low + 1 for low, high in rest) < _LAST / 2
    listed = rest if many else _outside(rest)
    spans = "".join(rf"\U{low:08x}-\U{high:08x}" for low, high in listed)
    return f"[{'^' if many else ''}{spans}]" if spans else "(?s:.)"


def _point(code: int) -> Ranges:
    return ((code, code),)


#: From the way in which a character is written to what it stands for.
_READ: Final[Mapping[str, Callable[[str], Ranges]]] = {
    "plain": lambda found: _point(ord(found)),
    "set": lambda found: _SETS[found],
    "other": lambda found: _outside(_SETS[found.lower()]),
    "control": lambda found: _point(ord(_CONTROLS[found])),
    "letter": lambda found: _point(ord(found) % 32),
    "code": lambda found: _point(int(found.strip("xu{}"), 16)),
    "sign": lambda found: _point(ord(found)),
}


@dataclass(frozen=True, slots=True)
class _Piece:
    """
    A part of a pattern: what Python reads, its characters at least and at most, its repetitions.
    """

    text: str
    low: int = 1
    high: float = 1
    least: int = 1
    most: float = 1

    def __str__(self) -> str:
        most = "" if self.most == math.inf else self.most
        return f"{self.text}{{{self.least},{most}}}"

    @property
    def span(self) -> tuple[int, float]:
        return self.low * self.least, self.high * self.most if self.high and self.most else 0


@dataclass(frozen=True, slots=True)
class _Branch:
    """
    One of the alternatives of a pattern, and whether it begins or ends the text.
    """

    pieces: tuple[_Piece, ...]
    begins: bool = False
    ends: bool = False

    def __str__(self) -> str:
        return "".join(map(str, self.pieces))

    @property
    def span(self) -> tuple[int, float]:
        spans = [piece.span for piece in self.pieces]
        return sum(low for low, _ in spans), sum(high for _, high in spans)


class _Reader:
    """
    Reads a pattern from left to right.
    """

    def __init__(self, pattern: str, where: str) -> None:
        self.pattern = pattern
        self.where = where
        self.position = 0

    def refuse(self, what: str) -> NoReturn:
        what, rest = f"the pattern {what}", self.pattern[self.position :]
        found = f"{repr(rest) if rest else 'the end'} of {self.pattern!r}"
        raise UsageError(what, where=self.where, found=found, cure="write a plainer pattern")

    def takes(self, token: str) -> bool:
        comes = self.pattern.startswith(token, self.position)
        self.position += len(token) if comes else 0
        return comes

    def branches(self, *, inside: bool = False) -> list[_Branch]:
        found = [self._branch(inside=inside)]
        while self.takes("|"):
            found.append(self._branch(inside=inside))
        if inside is not self.takes(")"):
            self.refuse("opens or closes a group without the other")
        return found

    def _branch(self, *, inside: bool) -> _Branch:
        begins = not inside and self.takes("^")
        pieces: list[_Piece] = []
        while self.position < len(self.pattern) and self.pattern[self.position] not in "|)":
            if not inside and self.pattern[self.position :].partition("|")[0] == "$":
                return _Branch(tuple(pieces), begins, ends=self.takes("$"))
            pieces.append(self._piece())
        return _Branch(tuple(pieces), begins)

    def _piece(self) -> _Piece:
        piece = self._once()
        count = _COUNT.match(self.pattern, self.position)
        if count is None:
            return piece
        low, comma, high = _COUNTS.get(count[1], count[2]).partition(",")
        most = int(high) if high else math.inf if comma else int(low)
        if int(low) > most:
            self.refuse("repeats at least more often than at most")
        self.position = count.end()
        return replace(piece, least=int(low), most=most)

    def _once(self) -> _Piece:
        group = _GROUP.match(self.pattern, self.position)
        if group:
            self.position = group.end()
            inner = self.branches(inside=True)
            low, high = zip(*(one.span for one in inner), strict=True)
            return _Piece(f"(?:{'|'.join(map(str, inner))})", min(low), max(high))
        if self.takes("["):
            return _Piece(_one_of(self._class()))
        if self.takes("."):
            return _Piece(_one_of(_outside(_SETS["."])))
        if self.pattern[self.position] in "(^$":
            self.refuse("looks around, sets a flag, or has an anchor in its middle")
        if self.pattern[self.position] in "*+?{}":
            self.refuse("has a sign that repeats nothing")
        return _Piece(_one_of(self._character()))

    def _class(self) -> Ranges:
        excludes = self.takes("^")
        found: list[tuple[int, int]] = []
        while not self.takes("]"):
            ranges = self._character()
            span = self.pattern[self.position : self.position + 2]
            if span.startswith("-") and span != "-]":
                self.takes("-")
                (low, only), (other, high), *more = *ranges, *self._character()
                if more or low != only or other != high or low > high:
                    self.refuse("has a range that is none before this")
                ranges = ((low, high),)
            found += ranges
        return self._drawn(_outside(found) if excludes and found else tuple(found))

    def _character(self) -> Ranges:
        found = _CHARACTER.match(self.pattern, self.position)
        if found is None or found.lastgroup is None:
            self.refuse("ends too early, or has an escape that is not supported")
        self.position = found.end()
        return self._drawn(_READ[found.lastgroup](found[found.lastgroup]))

    def _drawn(self, ranges: Ranges) -> Ranges:
        if not _outside((*_outside(ranges), _SURROGATES)):
            self.refuse("has a class or an escape for no character before this")
        return ranges


def pattern_text(pattern: str, low: int = 0, high: float = math.inf, *, where: str = "") -> Text:
    """
    Draw texts of a length in which a pattern is found.

    Args:
        pattern: As ECMA-262 has it.
        low: Characters at least.
        high: Characters at most.
        where: The JSON Pointer to the pattern, for errors.

    Raises:
        UsageError: The pattern cannot be drawn, or not of that length.
    """
    reader = _Reader(pattern, where)
    texts = [_branch_text(one, low, high, reader) for one in reader.branches()]
    drawn = st.one_of([one.drawn for one in texts])
    return Text(drawn, min(one.low for one in texts), max(one.high for one in texts))


def _branch_text(branch: _Branch, low: int, high: float, reader: _Reader) -> Text:
    exact = branch.begins and branch.ends
    fitted = _fitted(branch, low if exact else 0, high, reader)
    body = st.from_regex(re.compile(str(fitted)), fullmatch=True)
    least, most = fitted.span
    if exact:
        return Text(body, least, most)
    pads = any_text(max(0, low - least), high - most if high < math.inf else high)
    # With limits, what stands around the match has its place on one side only.
    both = (low, high) == (0, math.inf)
    left = pads if not branch.begins and (both or branch.ends) else st.just("")
    right = st.just("") if branch.ends else pads
    return Text(st.tuples(left, body, right).map("".join), max(low, least), high)


def _fitted(branch: _Branch, low: int, high: float, reader: _Reader) -> _Branch:
    """
    Narrow the repetition that decides the length of a branch.
    """
    shortest, longest = branch.span
    if low > shortest or longest > high:
        vary = [piece for piece in branch.pieces if piece.span[0] != piece.span[1]]
        if len(vary) != 1 or not 0 < vary[0].low == vary[0].high:
            reader.refuse("cannot be drawn together with limits of the length")
        once, rest = vary[0].low, shortest - vary[0].span[0]
        least = max(vary[0].least, math.ceil((low - rest) / once))
        most = min(vary[0].most, (high - rest) // once)
        if least > most:
            reader.refuse("and the limits of the length leave nothing")
        narrow = replace(vary[0], least=least, most=most if most == math.inf else int(most))
        pieces = tuple(narrow if one is vary[0] else one for one in branch.pieces)
        branch = replace(branch, pieces=pieces)
    if branch.span[0] > _LONGEST:
        reader.refuse(f"asks for more than {_LONGEST} characters")
    return branch


def _by(pattern: str) -> Text:
    return pattern_text(f"^({pattern})$")


_LABEL: Final = "[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9}){0,2}"
_HOST: Final = rf"({_LABEL}\.){{1,2}}example"  # a name that is nobody's (RFC 2606)
_UNICODE_HOST: Final = r"[a-zßäöü]{1,10}\.example"
_REST: Final = r"(/([A-Za-z0-9._~-]|%20){0,8}){0,3}(\?[a-z]{1,5}=[a-z0-9]{0,5})?(#[a-z]{1,5})?"
_POINTER: Final = "(/([A-Za-z0-9 _]|~0|~1){0,5}){0,3}"
_WITHIN_A_DAY: Final = "T(#H(#M(#S)?)?|#M(#S)?|#S)"
_DURATION: Final = f"P({_WITHIN_A_DAY}|(#Y(#M(#D)?)?|#M(#D)?|#D)({_WITHIN_A_DAY})?|#W)"
# Dates that can be told in any zone, and as seconds since the epoch.
_DATES: Final = st.dates(date(1970, 1, 2), date(2999, 12, 30)).map(date.isoformat)
_CLOCKS: Final = st.tuples(
    st.times(), st.sampled_from(["seconds", "milliseconds", "microseconds"])
).map(lambda drawn: drawn[0].isoformat(drawn[1]))
_ZONES: Final = st.just("Z") | st.from_regex(r"[+-](0[0-9]|1[0-3]):[0-5][0-9]", fullmatch=True)
_TIMES: Final = st.tuples(_CLOCKS, _ZONES).map("".join)

#: What makes the texts of a format.
FORMATS: Final[Mapping[str, Text]] = {
    "date": Text(_DATES, 10, 10),
    "date-time": Text(st.tuples(_DATES, _TIMES).map("T".join), 20, 32),
    "duration": _by(_DURATION.replace("#", "[0-9]{1,2}")),
    "email": _by(rf"[a-z0-9]{{1,10}}([._+-][a-z0-9]{{1,9}}){{0,2}}@{_HOST}"),
    "hostname": _by(_HOST),
    "idn-email": _by(rf"[a-zßäöü]{{1,10}}@{_HOST}"),
    "idn-hostname": _by(_UNICODE_HOST),
    "ipv4": Text(st.ip_addresses(v=4).map(str), 7, 15),
    "ipv6": Text(st.ip_addresses(v=6).map(str), 2, 39),
    "iri": _by(rf"https?://{_UNICODE_HOST}(/[a-zßäöü]{{0,8}}){{0,3}}"),
    "iri-reference": _by("(/[a-zßäöü]{1,8}){0,3}/?"),
    "json-pointer": _by(_POINTER),
    "regex": _by(r"\^?([a-z]|\[a-z0-9\]|\\d|\(a\|b\)){1,5}[*+?]?\$?"),
    "relative-json-pointer": _by(f"(0|[1-9][0-9]{{0,2}})(#|{_POINTER})"),
    "time": Text(_TIMES, 9, 21),
    "uri": _by(f"(https?://{_HOST}(:[1-9][0-9]{{1,3}})?{_REST}|urn:example:[a-z0-9]{{1,8}})"),
    "uri-reference": _by(_REST),
    "uri-template": _by(rf"https?://{_HOST}(/([a-z]{{1,5}}|\{{[a-z]{{1,5}}\}})){{0,3}}"),
    "uuid": Text(st.uuids(version=4).map(str), 36, 36),
}
