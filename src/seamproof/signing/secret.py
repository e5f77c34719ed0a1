"""
Signing secrets: `whsec_` and base64 of 24 to 75 bytes.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets as entropy
from typing import TYPE_CHECKING, Final

from seamproof.errors import SecretInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    Secrets: TypeAlias = "Secret | str | Sequence[Secret | str]"

#: pytest shows the arguments of each frame of a failed test: here they are secrets.
__tracebackhide__ = True

PREFIX: Final = "whsec_"
MIN_KEY: Final = 24
MAX_KEY: Final = 75

#: The letters of the prefix that base64 has as well.
_STRIPPED: Final = "whsec"
_CURE: Final = "copy the secret that Seam shows: whsec_ and base64 of 24 to 75 bytes"


class Secret:
    """
    A signing secret. Its text does not appear in a `repr`, a log or an error.

    Args:
        text: `whsec_` and standard base64 of 24 to 75 bytes, with or without padding.

    Raises:
        SecretInvalid: The text is of another form. The message does not show it.
    """

    __slots__ = ("_text", "key")

    def __init__(self, text: str) -> None:
        self._text = text
        self.key = _decode(text)

    @classmethod
    def generate(cls, random_bytes: Callable[[int], bytes] = entropy.token_bytes) -> Secret:
        """
        Make a new secret with a key of 24 bytes, as Svix does.

        Its text is one that wrong ways to read a secret read wrongly each time: after `whsec_` it
        has a letter of that prefix, which `lstrip("whsec_")` strips as well, then a `+` and a `/`.
        """
        key = random_bytes(MIN_KEY)
        text = list(base64.b64encode(key).decode())
        middle = len(text) // 2
        text[0] = _STRIPPED[key[0] % len(_STRIPPED)]
        text[1 + key[1] % (middle - 1)] = "+"
        text[middle + key[2] % middle] = "/"
        return cls(PREFIX + "".join(text))

    @classmethod
    def from_key(cls, key: bytes) -> Secret:
        """
        Encode a key as a secret.

        Raises:
            SecretInvalid: The key has fewer than 24 or more than 75 bytes.
        """
        return cls(PREFIX + base64.b64encode(key).decode())

    def reveal(self) -> str:
        """
        Return the text, for the place that has to show or store it.
        """
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({PREFIX}…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.key, other.key)

    def __hash__(self) -> int:
        return hash(self.key)


def _decode(text: str) -> bytes:
    if not text.startswith(PREFIX):
        what, found = f"a signing secret begins with {PREFIX}", f"{len(text)} characters without it"
        raise SecretInvalid(what, found=found, cure=_CURE)
    encoded = text.removeprefix(PREFIX).rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9+/]*", encoded) or len(encoded) % 4 == 1:
        what = f"the text after {PREFIX} in a signing secret must be standard base64"
        found = f"{len(encoded)} characters that are not"
        raise SecretInvalid(what, found=found, cure=_CURE)
    key = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    if not MIN_KEY <= len(key) <= MAX_KEY:
        what = f"the key of a signing secret must have {MIN_KEY} to {MAX_KEY} bytes"
        raise SecretInvalid(what, found=f"{len(key)} bytes", cure=_CURE)
    return key


def parse_secrets(secrets: Secrets) -> tuple[Secret, ...]:
    """
    Parse one secret or several, in their order.

    Raises:
        SecretInvalid: There is no secret, or one is of another form.
    """
    several = [secrets] if isinstance(secrets, Secret | str) else list(secrets)
    if not several:
        what = "signing needs at least one secret"
        raise SecretInvalid(what, found="none")
    return tuple(secret if isinstance(secret, Secret) else Secret(secret) for secret in several)
