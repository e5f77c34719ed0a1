"""
Signing secrets in a source, and strips of characters where a prefix should be removed.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from seamproof.errors import SecretInvalid
from seamproof.lint.detectors.detected import Detected
from seamproof.lint.source import expressions
from seamproof.lint.source.uses import use_of
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.lint.detectors.detected import Inspected
    from seamproof.lint.source.tokens import SourceCode

_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/]{32,}={0,2}")
_SECRET_IN_FILE: Final = re.compile(_SECRET.pattern.encode())
#: The examples of documentations: Svix's, and those of the Standard Webhooks.
_EXAMPLES: Final = frozenset(
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
)
_PLACEHOLDER: Final = re.compile(
    r"test|example|secret|your|dummy|fake|placeholder|change|xxxx|mock|sample|replace|todo"
    r"|abcdefg|1234567|(.)\1{4}",
    re.IGNORECASE,
)
#: A key of 24 random bytes has about 23 different ones, and as many different steps.
_DIFFERENT: Final = 14
_OTHER: Final = re.compile(r"stripe", re.IGNORECASE)

#: What removes characters of a set, by its name in some language.
_STRIPS: Final = frozenset(
    (
        *(
            "lstrip",
            "strip",
            "ltrim",
            "trim",
            "TrimLeft",
            "Trim",
            "TrimStart",
            "trimStart",
            "stripStart",
        ),
        *("delete", "tr", "trimChars"),
    )
)
_PREFIXES: Final = ("whsec_", "whsec")
_STRIP_IN_FILE: Final = re.compile(rb"strip|trim|Trim|\.delete\b|\.tr\b")


def may_have_secret(raw: bytes) -> bool:
    """
    Whether a file has what may be a secret.
    """
    return any(_is_real(one[0].decode()) for one in _SECRET_IN_FILE.finditer(raw))


def find_secrets(inspected: Inspected) -> Iterator[Detected]:
    """
    Find the secrets of a source, also in its comments, unless it is a test.
    """
    if inspected.is_test:
        return
    text = inspected.source.text
    for found in _SECRET.finditer(text):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if not _is_real(found[0]) or _OTHER.search(line):
            continue
        if _OTHER.search(text) and not inspected.evidence.shows_seam:
            continue
        what = "a signing secret (whsec_…) is in the source"
        yield Detected("committed-secret", found.start(), what)


def _is_real(text: str) -> bool:
    """
    Whether a text is a secret with a random key, and none of a documentation.
    """
    if text in _EXAMPLES or _PLACEHOLDER.search(text.removeprefix("whsec_")):
        return False
    try:
        key = Secret(text).key
    except SecretInvalid:
        return False
    # Base64 of a text, or numbers in a row, are made by hand.
    steps = {after - one for one, after in pairwise(key)}
    is_text = key.isascii() and key.decode().isprintable()
    return not is_text and len({*key}) >= _DIFFERENT and len(steps) >= _DIFFERENT


def may_strip(raw: bytes) -> bool:
    """
    Whether a file may strip the characters of the prefix.
    """
    return b"whsec" in raw and bool(_STRIP_IN_FILE.search(raw))


def find_strips(inspected: Inspected) -> Iterator[Detected]:
    """
    Find where the characters of the prefix are stripped.
    """
    if inspected.is_test:
        return
    source = inspected.source
    names = set()
    for index, token in enumerate(source.tokens):
        if token.kind == "text" and token.text in _PREFIXES:
            use = use_of(source, index)
            if use is not None and use.kind == "constant":
                names.add(use.subject[-1])
            if (called := _strip_around(source, index)) is not None:
                yield _stripped(source, called)
    for index, token in enumerate(source.tokens):
        if token.kind == "word" and token.text in names:
            called = _strip_around(source, index)
            if called is not None:
                yield _stripped(source, called)


def _strip_around(source: SourceCode, index: int) -> int | None:
    """
    Find the call that a token is an argument of, if it strips characters.
    """
    for opener, called in expressions.outer_calls(source, index)[:2]:
        if called[-1] in _STRIPS:
            return opener - 1
    return None


def _stripped(source: SourceCode, index: int) -> Detected:
    token = source.tokens[index]
    what = f"{token.text} removes characters, not the prefix: it may remove a part of the key"
    return Detected("stripped-secret", token.at, what, _REMOVALS.get(source.language.lexer, ""))


#: By language, what removes a prefix.
_REMOVALS: Final = {
    "python": 'write secret.removeprefix("whsec_").',
    "javascript": 'write secret.replace(/^whsec_/, "").',
    "typescript": 'write secret.replace(/^whsec_/, "").',
    "php": "write substr($secret, strlen('whsec_')) where str_starts_with($secret, 'whsec_').",
    "ruby": 'write secret.delete_prefix("whsec_").',
    "go": 'write strings.TrimPrefix(secret, "whsec_").',
    "java": 'write StringUtils.removeStart(secret, "whsec_").',
    "kotlin": 'write secret.removePrefix("whsec_").',
    "csharp": 'write secret["whsec_".Length..] where secret.StartsWith("whsec_").',
    "elixir": 'write String.replace_prefix(secret, "whsec_", "").',
}
