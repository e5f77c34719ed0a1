"""
Headers that Seam never sends, where a request's headers are read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from seamproof.lint.detectors.detected import Detected
from seamproof.lint.source import expressions
from seamproof.lint.source.expressions import plain
from seamproof.lint.source.reader import texts_of
from seamproof.lint.source.uses import use_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.lint.detectors.detected import Inspected
    from seamproof.lint.source.expressions import Parts
    from seamproof.lint.source.tokens import SourceCode

_RULE: Final = "unknown-header"
_FORM: Final = (
    r"(?:x{0}|http{0}x{0}|http{0})?seam{0}(?:webhook{0}|request{0})?"
    r"(?:signature(?:{0}\w+)?|sig|timestamp|token|secret|hmac(?:{0}\w+)?|digest"
    r"|event(?:{0}(?:type|id))?|delivery(?:{0}id)?)"
    r"|(?:x{0}|http{0}x{0}|http{0})?seam{0}webhook{0}id"
)
#: As a request has it, or as the environment of CGI, whose names begin with HTTP.
_HEADER: Final = re.compile(
    _FORM.format("-") + "|(?=http)(?:" + _FORM.format("_") + ")", re.IGNORECASE
)
_PARAMETER: Final = re.compile(_FORM.format("_"))
_IN_SMALL_LETTERS: Final = re.compile(
    rb"seam-(?:webhook-|request-)?(?:sig|timestamp|token|secret|hmac|digest|event|delivery)"
    rb"|seam-webhook-id|seam_(?:webhook_|request_)?(?:sig|timestamp|hmac|digest)"
    rb"|(?:x_|http_)seam_",
)
_IN_FILE: Final = re.compile(_IN_SMALL_LETTERS.pattern, re.IGNORECASE)
#: Names of what holds the headers of a request.
_HOLDERS: Final = ("meta", "environ", "env", "server")
_SETTERS: Final = frozenset(
    (
        *(
            "set",
            "add",
            "append",
            "setheader",
            "put",
            "withheader",
            "setrequestheader",
            "addheader",
        ),
        *(
            "putreqheader",
            "putrespheader",
            "delete",
            "tryaddwithoutvalidation",
            "writehead",
            "store",
        ),
    )
)
_RESPONSES: Final = ("res", "response", "resp", "reply")
_SENT: Final = ("svix-signature", "webhook-signature")


def may_be_wrong(raw: bytes) -> bool:
    """
    Whether a file names such a header.
    """
    # Small letters first: a pattern that ignores case takes ten times as long.
    return bool(_IN_SMALL_LETTERS.search(raw.lower()))


def without_headers(raw: bytes) -> bytes:
    """
    Remove the names of such headers, which have Seam's name and are no evidence of it.
    """
    return _IN_FILE.sub(_without_own, raw)


def _without_own(found: re.Match[bytes]) -> bytes:
    return b"" if b"-" in found[0] else found[0]


def find(inspected: Inspected) -> Iterator[Detected]:
    """
    Find the headers that are read and never sent.
    """
    source = inspected.source
    if not inspected.evidence.shows_seam:
        return
    is_certain = inspected.evidence.strong
    for index, text in texts_of(source):
        if not _HEADER.fullmatch(text) or _is_other(source, index):
            continue
        if _is_read(source, index) or _is_constant(source, index, is_certain=is_certain):
            yield _detected(text, source.tokens[index].at)
    for index, token in enumerate(source.tokens):
        is_named = token.kind == "word" and _PARAMETER.fullmatch(token.text)
        if is_named and _is_parameter(source, index):
            yield _detected(token.text.replace("_", "-"), token.at)


def _detected(name: str, at: int) -> Detected:
    what = f"Seam sends no header {name!r}; it signs with svix-id, svix-timestamp, svix-signature"
    return Detected(_RULE, at, what)


def _is_constant(source: SourceCode, index: int, *, is_certain: bool) -> bool:
    """
    Whether a name stands for a header that is read in the file, or elsewhere in a handler.

    Args:
        source: The file.
        index: Of the text.
        is_certain: Whether the file is about Seam for certain: else a header of a program that is
            called Seam may be one that it sends.
    """
    use = use_of(source, index)
    if use is None or use.kind not in ("constant", "value"):
        return False
    if any("header" in one or "signature" in one for one in map(plain, use.subject)):
        return is_certain or any(
            source.is_word(at, use.subject[-1]) and at != index and _is_read(source, at)
            for at in range(len(source.tokens))
        )
    return False


def _is_read(source: SourceCode, index: int) -> bool:
    if source.is_operator(index - 1, "[") and source.is_operator(index + 1, "]"):
        subject = expressions.before(source, index - 1)
        return (
            bool(subject)
            and not source.is_operator(index + 2, "=")
            and _holds(subject, source, index)
        )
    for opener, called in expressions.outer_calls(source, index)[:1]:
        if source.is_operator(index - 1, "(", ",", "=", ":") and opener == source.opener(index):
            return _reads(called, source, index)
    use = use_of(source, index)
    if use is None:
        return _is_taken(source, index)
    if use.kind == "mapped":
        return _is_taken(source, index)
    return use.kind == "compared"


def _is_taken(source: SourceCode, index: int) -> bool:
    """
    Whether a header is taken out of others: `const { "x": y } = request.headers`.
    """
    closer = source.partner(source.opener(index)) if source.opener(index) >= 0 else -1
    return source.is_operator(closer + 1, "=") and any(
        "header" in plain(one) for one in expressions.after(source, closer + 1)
    )


def _holds(subject: Parts, source: SourceCode, index: int) -> bool:
    names = tuple(map(plain, subject))
    named = any("header" in one or one in _HOLDERS for one in names)
    return named or "signature" in plain(source.tokens[index].text)


def _reads(called: Parts, source: SourceCode, index: int) -> bool:
    names = tuple(map(plain, called))
    if names[-1] in _SETTERS or (names[0] in _RESPONSES and len(names) > 1):
        return False
    holds = any("header" in one or one in _HOLDERS for one in names)
    is_get = names[-1] in ("get", "fetch", "getordefault", "has")
    return holds or (is_get and "signature" in plain(source.tokens[index].text))


def _is_other(source: SourceCode, index: int) -> bool:
    """
    Whether a header that is sent is read as well in the same line: the other does no harm.
    """
    line = source.line_of(index)
    return any(
        token.text.lower() in _SENT and source.line_of(at) == line
        for at, token in enumerate(
            source.tokens[max(0, index - 40) : index + 40], max(0, index - 40)
        )
    )


def _is_parameter(source: SourceCode, index: int) -> bool:
    """
    Whether a name is a parameter that FastAPI reads from a header.
    """
    opener = source.opener(index)
    if not source.is_operator(opener, "(") or not source.is_operator(index + 1, ":", "="):
        return False
    words = []
    for at in range(index + 1, source.partner(opener)):
        if source.is_operator(at, ",") and source.opener(at) == opener:
            break
        words.append(source.tokens[at].text)
    return "Header" in words and "alias" not in words
