"""
Signing secrets: `whsec_` and base64.
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

#: A test that fails shows the arguments of each frame: those of this module are secrets.
__tracebackhide__ = True

PREFIX: Final = "whsec_"
MIN_KEY: Final = 24
MAX_KEY: Final = 75

_CURE: Final = (
    "copy the secret that Seam shows for the webhook: whsec_ and base64 of 24 to 75 bytes"
)


class Secret:
    """
    A signing secret. Its text never shows up in a `repr`, a log or an error.

    Args:
        text: `whsec_` and standard base64 of 24 to 75 bytes, with or without padding.

    Raises:
        SecretInvalid: Saying what is wrong with the text, without showing it.
    """

    __slots__ = ("_text", "key")

    def __init__(self, text: str) -> None:
        self._text = text
        self.key = _decode(text)

    @classmethod
    def generate(cls, random_bytes: Callable[[int], bytes] = entropy.token_bytes) -> Secret:
        """
        Make a new secret of 24 bytes, as Svix does.
        """
        return cls.from_key(random_bytes(MIN_KEY))

    @classmethod
    def from_key(cls, key: bytes) -> Secret:
        """
        Make the secret of a key.

        Raises:
            SecretInvalid: The key is shorter than 24 or longer than 75 bytes.
        """
        return cls(PREFIX + base64.b64encode(key).decode())

    def reveal(self) -> str:
        """
        The text itself, for the one place that has to be told.
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
        what = f"what follows {PREFIX} in a signing secret is standard base64"
        found = f"characters that are not, {len(encoded)} in all"
        raise SecretInvalid(what, found=found, cure=_CURE)
    key = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    if not MIN_KEY <= len(key) <= MAX_KEY:
        what = f"a signing secret stands for {MIN_KEY} to {MAX_KEY} bytes"
        raise SecretInvalid(what, found=f"{len(key)} bytes", cure=_CURE)
    return key


def read_secrets(secrets: Secrets) -> tuple[Secret, ...]:
    """
    Read one secret or several, in their order.

    Raises:
        SecretInvalid: There is none, or one is not of the right form.
    """
    several = [secrets] if isinstance(secrets, Secret | str) else list(secrets)
    if not several:
        what = "signing takes at least one secret"
        raise SecretInvalid(what, found="none")
    return tuple(one if isinstance(one, Secret) else Secret(one) for one in several)
