"""
Verification over JSON that was parsed and serialised again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seamproof.lint.detectors.detected import Detected
from seamproof.lint.source import expressions
from seamproof.lint.source.expressions import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.lint.detectors.detected import Inspected
    from seamproof.lint.source.assignments import Assignment
    from seamproof.lint.source.expressions import Parts
    from seamproof.lint.source.tokens import SourceCode

_RULE: Final = "reserialised-body"
_SERIALISERS: Final = frozenset(
    (
        *("stringify", "dumps", "json_encode", "to_json", "Marshal", "MarshalIndent", "toJson"),
        *(
            "writeValueAsString",
            "writeValueAsBytes",
            "encodeToString",
            "Serialize",
            "SerializeObject",
        ),
        *("SerializeToUtf8Bytes", "toJSONString"),
    )
)
#: Names that serialise JSON only as members of a module of JSON.
_OF_JSON: Final = frozenset(("generate", "encode", "encode!", "dump"))
_JSON_MODULES: Final = frozenset(("JSON", "Jason", "Poison", "json", "Oj", "simplejson", "Json"))
_IN_FILE: Final = re.compile(
    rb"stringify|dumps|json_encode|to_json|Marshal|writeValueAs|toJson|encodeToString|Serialize"
    rb"|toJSONString|(?:JSON|Oj|Json)\.(?:generate|dump|encode)|(?:Jason|Poison)\.encode"
)
_SINK_IN_FILE: Final = re.compile(
    rb"\bverify\(|hmac|:mac\b|subtle\.|\.sign\(|ComputeHash|HashData|doFinal"
    rb"|(?:verif|valid|check)\w*(?:sig|hmac|webhook|svix|seam|request)",
    re.IGNORECASE,
)
#: What hands a text on as it is, or as bytes.
_PASSING: Final = frozenset(
    (
        *(
            "from",
            "encode",
            "bytes",
            "str",
            "string",
            "join",
            "concat",
            "sprintf",
            "format",
            "getbytes",
        ),
        *(
            "tostring",
            "byte",
            "bytearray",
            "fmt",
            "newtextencoder",
            "textencoder",
            "toutf8bytes",
            "b",
        ),
    )
)
_COMPARISONS: Final = frozenset(
    (
        *(
            "timingsafeequal",
            "comparedigest",
            "hashequals",
            "securecompare",
            "equal",
            "fixedtimeequals",
        ),
        *("isequal", "fixedlengthsecurecompare", "constanttimecompare", "safecompare", "equals"),
    )
)
_REQUESTS: Final = frozenset(
    ("req", "request", "ctx", "context", "conn", "c", "params", "httpcontext")
)
_PARSES: Final = frozenset(
    ("parse", "loads", "json_decode", "json", "get_json", "decode", "decode!")
)
_VERIFIER: Final = re.compile(r"verif|valid|check\w*sig|authentic|issigned", re.IGNORECASE)
_FUNCTION_WORDS: Final = ("def", "function", "func", "fun", "defp", "fn")
#: Tokens before an HMAC in which the name of its function is looked for.
_AROUND: Final = 400


def may_be_wrong(raw: bytes) -> bool:
    """
    Whether a file serialises JSON and verifies or signs something.
    """
    return bool(_IN_FILE.search(raw) and _SINK_IN_FILE.search(raw))


def find(inspected: Inspected) -> Iterator[Detected]:
    """
    Find where JSON that was serialised again is verified. Tests sign what they serialise.
    """
    source = inspected.source
    if inspected.is_test or not inspected.evidence.own:
        return
    serialised = _serialised_names(source, inspected.assignments)
    received = _received_names(source, inspected.assignments)
    reported: set[int] = set()
    for opener in range(1, len(source.tokens)):
        called = expressions.callee(source, opener)
        if not called or source.partner(opener) < 0:
            continue
        is_verifier, is_mac = _verifies(called), _is_mac(called)
        if not (is_verifier or is_mac):
            continue
        for index in _serialised_inside(source, opener, serialised):
            origin = serialised.get(source.tokens[index].text, [(index, 0, 0)])
            at = next(
                (one for one, first, until in origin if not first or first <= index < until), index
            )
            if at in reported or not (
                is_verifier
                or _is_received(source, at, received)
                or _is_verification(source, opener)
            ):
                continue
            reported.add(at)
            name = source.tokens[at].text
            what = (
                f"the signature is verified over what {name} writes, not over the bytes that "
                "were received"
            )
            yield Detected(_RULE, source.tokens[at].at, what)


def _is_serialiser(source: SourceCode, index: int) -> bool:
    """
    Whether a word is the name of a function that writes JSON, where it is called.
    """
    token = source.tokens[index]
    if token.kind != "word":
        return False
    if token.text == "to_json":
        return source.is_operator(index - 1, ".", "&.")
    if not source.is_operator(index + 1, "("):
        return False
    if token.text in _OF_JSON:
        return source.is_operator(index - 1, ".", "::") and source.is_word(
            index - 2, *_JSON_MODULES
        )
    return token.text in _SERIALISERS


def _serialised_names(
    source: SourceCode, given: Sequence[Assignment]
) -> dict[str, list[tuple[int, int, int]]]:
    """
    Find the names that have JSON as their value, with the index of what wrote it and their scope.
    """
    names: dict[str, list[tuple[int, int, int]]] = {}
    for one in given:
        origin = _origin(source, one, names)
        for name in one.names:
            if origin is not None:
                names.setdefault(name, []).append((origin, one.end, one.until))
            else:
                # The name has another value from here on.
                names[name] = [
                    (at, first, min(until, one.first))
                    if first < one.first < until
                    else (at, first, until)
                    for at, first, until in names.get(name, [])
                ]
    return names


def _origin(
    source: SourceCode, one: Assignment, names: dict[str, list[tuple[int, int, int]]]
) -> int | None:
    for index in range(one.first, one.end):
        if _is_serialiser(source, index) and _is_passed_on(source, index, one.first):
            return index
    for index, text in one.words(source):
        for at, first, until in names.get(text, ()):
            if first <= index < until and _is_passed_on(source, index, one.first):
                return at
    return None


def _is_passed_on(source: SourceCode, index: int, first: int) -> bool:
    """
    Whether only calls that hand a text on are between a value and an assignment.
    """
    opener = source.opener(index)
    while opener >= first:
        called = expressions.callee(source, opener)
        if called and not {*map(plain, called[-2:])} & _PASSING:
            return False
        if source.is_operator(opener, "{") and source.is_operator(opener - 1, "(", ","):
            # A property of an object that is sent elsewhere.
            return False
        opener = source.opener(opener)
    return True


def _serialised_inside(
    source: SourceCode, opener: int, names: dict[str, list[tuple[int, int, int]]]
) -> Iterator[int]:
    """
    List the tokens inside a call that are JSON, or names of it.
    """
    for index in range(opener + 1, source.partner(opener)):
        token = source.tokens[index]
        if _is_serialiser(source, index) or (
            token.kind == "word"
            and not source.is_operator(index - 1, ".", "?.", "->")
            and any(first <= index < until for _, first, until in names.get(token.text, ()))
        ):
            yield index


def _verifies(called: Parts) -> bool:
    last = plain(called[-1])
    if last == "verify":
        return not {*map(plain, called)} & {"jwt", "bcrypt", "argon2", "jsonwebtoken", "jose"}
    about = any(one in last for one in ("sig", "hmac", "webhook", "svix", "seam", "request"))
    return about and ("verif" in last or "valid" in last or "check" in last)


def _is_mac(called: Parts) -> bool:
    names = tuple(map(plain, called))
    return (
        any("hmac" in one for one in names)
        or names[-1] in ("dofinal", "computehash", "hashdata", "sign")
        or (names[-1] in ("write", "update", "mac") and any("mac" in one for one in names))
    )


def _received_names(source: SourceCode, given: Sequence[Assignment]) -> frozenset[str]:
    """
    Find the names whose value comes from a request.
    """
    names: set[str] = set()
    for one in given:
        words = {source.tokens[at].text for at in range(one.first, one.end)}
        if words & _REQUESTS or words & _PARSES:
            names.update(one.names)
    return frozenset(names)


def _is_received(source: SourceCode, at: int, received: frozenset[str]) -> bool:
    """
    Whether what is written as JSON at a token comes from a request.
    """
    if source.tokens[at].text == "to_json":
        parts: Parts = expressions.before(source, at - 1)
    else:
        parts = expressions.inside(source, at + 1) if source.is_operator(at + 1, "(") else ()
    return any(plain(one) in _REQUESTS or one in received for one in parts)


def _is_verification(source: SourceCode, opener: int) -> bool:
    """
    Whether an HMAC is compared with a signature: by the name of its function, or by what follows.
    """
    for at in range(opener, max(0, opener - _AROUND), -1):
        if source.is_word(at, *_FUNCTION_WORDS) and source.is_word(at + 1):
            if _VERIFIER.search(source.tokens[at + 1].text):
                return True
            break
    for at in range(opener, min(len(source.tokens), opener + _AROUND // 2)):
        if source.is_word(at, *_FUNCTION_WORDS):
            break
        if source.is_word(at) and plain(source.tokens[at].text) in _COMPARISONS:
            return True
        if source.is_operator(at, "==", "===", "!=", "!=="):
            beside = (
                source.tokens[at - 1].text,
                source.tokens[min(at + 1, len(source.tokens) - 1)].text,
            )
            if any("sig" in one.lower() or "expected" in one.lower() for one in beside):
                return True
    return False
