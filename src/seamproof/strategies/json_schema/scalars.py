"""
Strategies for numbers and strings within the limits of a schema.
"""

from __future__ import annotations

import math
import re
import warnings
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from seamproof.errors import UsageError
from seamproof.schemas.validation.contract import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import Json, JsonMapping

_NUMBER_KEYWORDS: Final = (
    *("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
)
#: The number formats of OpenAPI, with the least and the greatest value.
_NUMBER_FORMATS: Final[Mapping[str, tuple[float | None, float | None]]] = {
    "double": (None, None),
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
}
_STRING_KEYWORDS: Final = ("format", "maxLength", "minLength", "pattern")
#: The greatest supported minLength and minItems, because examples must be small.
_GREATEST_MINIMUM: Final = 1000
_EXACT: Final = Fraction(2**53)
_WORD: Final = r"[a-z][a-z0-9]{0,8}"
_HOST: Final = rf"{_WORD}(\.{_WORD}){{0,2}}\.(com|example|org)"


def _like(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


#: From each format that the validator checks to the strategy for its strings.
FORMATS: Final[Mapping[str, st.SearchStrategy[str]]] = {
    "date": st.dates().map(str),
    "date-time": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    "duration": _like(r"P[0-9]{1,3}D(T[0-9]{1,2}H)?"),
    "email": _like(rf"{_WORD}@{_HOST}"),
    "hostname": _like(_HOST),
    "idn-email": _like(rf"{_WORD}@{_HOST}"),
    "idn-hostname": _like(_HOST),
    "ipv4": st.ip_addresses(v=4).map(str),
    "ipv6": st.ip_addresses(v=6).map(str),
    "iri-reference": _like(rf"(/{_WORD}){{1,3}}"),
    "json-pointer": _like(rf"(/{_WORD}){{0,3}}"),
    "regex": _like(rf"\^{_WORD}\$"),
    "relative-json-pointer": _like(rf"[0-9](/{_WORD}){{0,3}}"),
    "uri-reference": _like(rf"(/{_WORD}){{1,3}}"),
    "uri-template": _like(rf"/{_WORD}(\{{{_WORD}\}})?"),
    "iri": _like(rf"https://{_HOST}(/{_WORD}){{0,3}}"),
    "time": st.times().map(lambda moment: f"{moment.isoformat()}Z"),
    "uri": _like(rf"https?://{_HOST}(/{_WORD}){{0,3}}(\?{_WORD}={_WORD})?"),
    "uuid": st.uuids().map(str),
}

#: Syntax that means something else in Python than in ECMAScript, whose patterns JSON Schema uses.
_AMBIGUOUS: Final = re.compile(
    r"\\[AZzBbGQE]|\\[pP]\{|\\[1-9]|\\[SDW]|\(\?(?!:)|\\c|\\u\{|[*+?}]\+|\[\^[^\]]*\\s"
)
_END: Final = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|\$")


def from_pattern(pattern: str, where: str) -> st.SearchStrategy[str]:
    """
    Generate strings that contain a match of a pattern, as JSON Schema requires.

    Args:
        pattern: An ECMAScript pattern that means the same in Python.
        where: JSON Pointer to the schema.

    Raises:
        UsageError: The pattern is malformed, or may mean something else in Python.
    """
    ambiguous = _AMBIGUOUS.search(re.sub(r"\\\\", "", pattern))
    if ambiguous:
        what = f"{ambiguous[0]} in a pattern is not supported"
        raise schema_error(what, f"{where}/pattern", found=pattern)
    plain = _END.sub(lambda match: "x" if match[1] else match[0], pattern)
    if re.search(r"\$(?![|)]|$)|(?<![(|:])(?<!^)\^", plain):
        what = "an anchor in the middle of a pattern is not supported"
        raise schema_error(what, f"{where}/pattern", found=pattern)
    # In Python a dollar also matches before a line feed at the end.
    ended = _END.sub(lambda match: match[1] or r"\Z", pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(ended, re.ASCII)
        # In ECMAScript a dot matches none of these.
        alphabet = st.characters(codec="utf-8", exclude_characters="\r\u2028\u2029")
        strategy = st.from_regex(compiled, alphabet=alphabet)
        strategy.validate()
    except Exception as problem:
        what = f"the pattern is not supported: {problem}"
        raise schema_error(what, f"{where}/pattern", found=pattern) from problem
    return strategy


def integers(schema: JsonMapping, where: str) -> st.SearchStrategy[Json]:
    """
    Generate the integers within the limits of a schema.
    """
    low, high = _limits(schema, where)
    # A multiple of 3/2 that is an integer is a multiple of 3.
    step = Fraction(Fraction(schema.get("multipleOf", 1)).numerator)
    if step != 1:
        # Beyond this, validators that compute with doubles disagree about multiples.
        low, high = -_EXACT if low is None else low, _EXACT if high is None else high
    least = None if low is None else math.ceil(low / step)
    most = None if high is None else math.floor(high / step)
    if least is not None and schema.get("exclusiveMinimum") == least * step:
        least += 1
    if most is not None and schema.get("exclusiveMaximum") == most * step:
        most -= 1
    if least is not None and most is not None and least > most:
        what = "no integer lies within the limits"
        raise schema_error(what, where)
    return st.integers(least, most).map(lambda count: int(count * step))


def numbers(schema: JsonMapping, where: str) -> st.SearchStrategy[Json]:
    """
    Generate the numbers within the limits of a schema.
    """
    low, high = _limits(schema, where)
    if "multipleOf" in schema:
        if not float(schema["multipleOf"]).is_integer():
            what = "a multipleOf that is not a whole number is not supported"
            raise schema_error(what, f"{where}/multipleOf", found=schema["multipleOf"])
        return integers(schema, where)
    above = low is not None and low == schema.get("exclusiveMinimum")
    below = high is not None and high == schema.get("exclusiveMaximum")
    if low is not None and high is not None and (low > high or (low == high and above | below)):
        what = "no number lies within the limits"
        raise schema_error(what, where)
    try:
        bounds = [None if bound is None else float(bound) for bound in (low, high)]
        drawn = st.floats(
            *bounds, allow_nan=False, allow_infinity=False, exclude_min=above, exclude_max=below
        )
        drawn.validate()
    except (InvalidArgument, OverflowError) as problem:
        what = f"the limits cannot be kept: {problem}"
        raise schema_error(what, where) from problem
    if [low, high] != [None if one is None else Fraction(one) for one in bounds]:
        what = "a limit is not a double, so it is not supported"
        raise schema_error(what, where)
    return drawn


def _limits(schema: JsonMapping, where: str) -> tuple[Fraction | None, Fraction | None]:
    name = schema.get("format", "double")
    if name not in _NUMBER_FORMATS and name not in FORMATS:
        what = f"the format {name} is not supported"
        raise schema_error(what, f"{where}/format", expected=", ".join(_NUMBER_FORMATS))
    for keyword in _NUMBER_KEYWORDS:
        if abs(schema.get(keyword, 0)) == math.inf:
            what = "a limit is not a number that JSON has"
            raise schema_error(what, f"{where}/{keyword}", found=str(schema[keyword]))
    least, most = _NUMBER_FORMATS.get(name, (None, None))
    lows = [least, *(schema.get(keyword) for keyword in ("minimum", "exclusiveMinimum"))]
    highs = [most, *(schema.get(keyword) for keyword in ("maximum", "exclusiveMaximum"))]
    return (
        max((Fraction(one) for one in lows if one is not None), default=None),
        min((Fraction(one) for one in highs if one is not None), default=None),
    )


def strings(schema: JsonMapping, where: str) -> st.SearchStrategy[Json]:
    """
    Generate the strings of a format, a pattern or a length.
    """
    keywords = [keyword for keyword in _STRING_KEYWORDS if keyword in schema]
    if {"format", "pattern"} & {*keywords} and len(keywords) > 1:
        what = f"{' and '.join(keywords)} together are not supported"
        raise schema_error(what, where, cure="express all of it in the pattern")
    if "pattern" in schema:
        return from_pattern(schema["pattern"], where)
    if "format" in schema:
        if schema["format"] not in FORMATS:
            what = f"the format {schema['format']} is not supported"
            raise schema_error(what, f"{where}/format", expected=", ".join(sorted(FORMATS)))
        return FORMATS[schema["format"]]
    low, high = sizes(schema, "Length", where)
    return st.text(st.characters(codec="utf-8"), min_size=low, max_size=high)


def sizes(schema: JsonMapping, of: str, where: str) -> tuple[int, int | None]:
    """
    Return the limits of a size, `Items` or `Length`.
    """
    low, high = schema.get(f"min{of}", 0), schema.get(f"max{of}")
    if high is not None and low > high:
        what = f"min{of} is above max{of}"
        raise schema_error(what, where)
    if low > _GREATEST_MINIMUM:
        what = f"min{of} is too large"
        raise schema_error(
            what, f"{where}/min{of}", expected=f"at most {_GREATEST_MINIMUM}", found=low
        )
    return int(low), None if high is None else int(high)


def schema_error(
    what: str, where: str, *, expected: str = "", found: object = ..., cure: str = ""
) -> UsageError:
    """
    Create the error for a schema that is not supported or contradicts itself.
    """
    text = "" if found is ... else excerpt(found)
    return UsageError(what, where=f"#{where}", expected=expected, found=text, cure=cure)
