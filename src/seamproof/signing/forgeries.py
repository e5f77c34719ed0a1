"""
All ways to sign a request, genuine or forged, in two tables.

`RECIPES` signs a given body: checks send what a recipe signs, and case files hold its
name, so that the request can be signed again later and fails in the same way.
`VARIANTS` changes a request that is signed already: the faults of the mock server and the
requests of the demonstration are rows of it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, Final, TypeAlias

from seamproof.signing.secret import MIN_KEY, PREFIX, Secret
from seamproof.signing.signature import HEADERS, signature_header
from seamproof.signing.tampering import other_character, reserialise, tamper
from seamproof.signing.verification import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from seamproof.events import Delivery

    #: The three headers, names in lower case; one that is not sent is not there.
    Headers: TypeAlias = dict[str, str]
    Edit: TypeAlias = Callable[["SigningInput", Headers], Headers]

_ID, _TIMESTAMP, _SIGNATURE = HEADERS
_DIGEST_SIZE: Final = 32
#: An Ed25519 signature has 64 bytes; nobody can verify this one.
_ASYMMETRIC: Final = "v1a," + base64.b64encode(b"asymmetric" * 6 + b"sign").decode()

#: Seconds of age that no verifier tolerates.
STALE_AGE: Final = 2 * TOLERANCE


@dataclass(frozen=True, slots=True)
class SigningInput:
    """
    The parts that a signature is computed from.

    Attributes:
        secrets: Those of the receiver, the current one first.
        message_id: For `svix-id`.
        timestamp: For `svix-timestamp`, whole seconds since the epoch.
        body: The exact bytes that are signed.
        random: Makes keys and signatures that nobody knows; by default always the same ones.
    """

    secrets: Sequence[Secret]
    message_id: str
    timestamp: int
    body: bytes
    random: Random = field(default_factory=lambda: Random(0))

    @property
    def keys(self) -> list[bytes]:
        """
        The keys of the secrets, in their order.
        """
        return [secret.key for secret in self.secrets]

    def headers(
        self,
        *,
        keys: Iterable[bytes] = (),
        body: bytes | None = None,
        timestamp: int | str | None = None,
    ) -> Headers:
        """
        Sign as Svix does, or with other keys, another body or another timestamp.
        """
        moment = self.timestamp if timestamp is None else timestamp
        content = self.body if body is None else body
        signature = signature_header(keys or self.keys, self.message_id, moment, content)
        return {_ID: self.message_id, _TIMESTAMP: str(moment), _SIGNATURE: signature}

    def other_key(self) -> bytes:
        """
        Make a key that the receiver does not have.
        """
        return self.random.randbytes(MIN_KEY)


# Edits of headers


def _unchanged(_: SigningInput, headers: Headers) -> Headers:
    return headers


def _genuine(parts: SigningInput, headers: Headers) -> Headers:
    return headers | parts.headers()


def _without(*names: str) -> Edit:
    return lambda _, headers: {name: value for name, value in headers.items() if name not in names}


def _without_any(parts: SigningInput, headers: Headers) -> Headers:
    return _without(parts.random.choice(HEADERS))(parts, headers)


def _with(name: str, change: Callable[[str], str]) -> Edit:
    """
    Change a header after signing.
    """
    return lambda _, headers: headers | {name: change(headers[name])}


def _set(name: str, text: str) -> Edit:
    return lambda _, headers: headers | {name: text}


def _keyed(keys: Callable[[SigningInput], Iterable[bytes]]) -> Edit:
    """
    Sign with other keys than the receiver's.
    """
    return lambda parts, headers: headers | parts.headers(keys=keys(parts))


def _keyed_by_text(key: Callable[[str], str]) -> Edit:
    """
    Sign with a key that is made of the secret's text without decoding it.
    """
    return _keyed(lambda parts: [key(parts.secrets[0].reveal()).encode()])


def _over_body(change: Callable[[bytes], bytes]) -> Edit:
    """
    Sign another body than the one that is sent.
    """
    return lambda parts, headers: headers | parts.headers(body=change(parts.body))


def _over_timestamp(text: str) -> Edit:
    """
    Sign over a timestamp that is not a number of seconds.
    """
    return lambda parts, headers: headers | parts.headers(timestamp=text)


def _random_signature(parts: SigningInput, headers: Headers) -> Headers:
    return headers | {_SIGNATURE: f"v1,{_noise(parts, _DIGEST_SIZE)}"}


def _random_signature_first(parts: SigningInput, headers: Headers) -> Headers:
    before = f"v9,{_noise(parts, 2 * _DIGEST_SIZE)}"
    return headers | {_SIGNATURE: f"{before} {headers.get(_SIGNATURE, '')}"}


def _noise(parts: SigningInput, size: int) -> str:
    return base64.b64encode(parts.random.randbytes(size)).decode()


def _shortened(length: int) -> Callable[[str], str]:
    """
    Cut a signature to some bytes and encode the rest as valid base64.
    """

    def shorten(signature: str) -> str:
        raw = base64.b64decode(signature.partition(",")[2])
        return "v1," + base64.b64encode(raw[:length]).decode()

    return shorten


_OTHER_KEY: Final = _keyed(lambda parts: [parts.other_key()])
_OTHER_KEY_FIRST: Final = _keyed(lambda parts: [parts.other_key(), *parts.keys])
_OTHER_KEY_LAST: Final = _keyed(lambda parts: [*parts.keys, parts.other_key()])


@dataclass(frozen=True, slots=True)
class Recipe:
    """
    A way to sign a body.

    Attributes:
        edit: Makes the headers of those of a genuine request.
        genuine: Whether a receiver accepts the request, if its body is UTF-8.
        borrowed: Whether the request carries the headers of an earlier request with its id.
        words: What the request is like, where the name of the recipe does not say it.
    """

    edit: Edit
    genuine: bool = False
    borrowed: bool = False
    words: str = ""

    def headers(self, parts: SigningInput) -> Headers:
        """
        Sign a body by this recipe.
        """
        return self.edit(parts, parts.headers())


#: The recipe of a request as Seam sends it.
GENUINE: Final = "genuine"
#: Signed before bytes that are not UTF-8 were put into the body.
STRIPPED: Final = "another body, without its bytes that are no text"
#: Another body under the headers of an earlier request.
BORROWED: Final = "headers of another delivery"
#: Rightly signed, over a timestamp that is no number of seconds.
SIGNED_TIMESTAMPS: Final = ("timestamp NaN, signed over", "timestamp inf, signed over")

#: The ways to sign a body, by the names that case files have for them.
RECIPES: Final[Mapping[str, Recipe]] = {
    GENUINE: Recipe(_unchanged, genuine=True),
    "rotation, current key first": Recipe(
        _OTHER_KEY_LAST, genuine=True, words="with two signatures, the right one first"
    ),
    "rotation, current key last": Recipe(
        _OTHER_KEY_FIRST, genuine=True, words="with two signatures, the right one last"
    ),
    "unknown version first": Recipe(
        _with(_SIGNATURE, lambda text: f"{_ASYMMETRIC} {text}"),
        genuine=True,
        words="with a signature of version v1a before the right one",
    ),
    "no svix headers": Recipe(_without(*HEADERS)),
    "no svix-id": Recipe(_without(_ID)),
    "no svix-timestamp": Recipe(_without(_TIMESTAMP)),
    "no svix-signature": Recipe(_without(_SIGNATURE)),
    "empty signature": Recipe(_set(_SIGNATURE, "")),
    "another secret": Recipe(_OTHER_KEY),
    "the empty secret": Recipe(_keyed(lambda _: [b""])),
    "the secret's text as the key": Recipe(_keyed_by_text(str)),
    "the secret's base64 as the key": Recipe(
        _keyed_by_text(lambda text: text.removeprefix(PREFIX))
    ),
    "another body at its beginning": Recipe(_over_body(other_character(5))),
    "another body at its end": Recipe(_over_body(other_character(-1))),
    # If the earlier request is not there, the headers are those of some other body.
    BORROWED: Recipe(_over_body(other_character(-1)), borrowed=True),
    STRIPPED: Recipe(_over_body(lambda body: body.decode(errors="ignore").encode()), genuine=True),
    "another id": Recipe(
        _with(_ID, lambda text: text[:-2] + ("bb" if text[-2:] == "aa" else "aa"))
    ),
    "a longer id": Recipe(_with(_ID, lambda text: text + "x")),
    "another timestamp": Recipe(_with(_TIMESTAMP, lambda text: str(int(text) - 1))),
    "a longer timestamp": Recipe(_with(_TIMESTAMP, lambda text: text + "000")),
    # The base64 of 30, 15 and 3 bytes is the beginning of that of 32.
    **{
        f"signature of {length or 'no'} bytes": Recipe(_with(_SIGNATURE, _shortened(length)))
        for length in (31, 30, 16, 15, 3, 0)
    },
    "version v0 alone": Recipe(_with(_SIGNATURE, lambda text: "v0" + text[2:])),
    "version v1a alone": Recipe(_with(_SIGNATURE, lambda text: "v1a" + text[2:])),
    "signature without a comma": Recipe(_set(_SIGNATURE, "garbage")),
    "signature without a version": Recipe(_with(_SIGNATURE, lambda text: text[3:])),
    "signature with two commas": Recipe(_set(_SIGNATURE, "v1,garbage,garbage")),
    "signature of no base64": Recipe(_set(_SIGNATURE, "v1,!")),
    "signature of broken base64": Recipe(_with(_SIGNATURE, lambda text: text.rstrip("=")[:-2])),
    "timestamp NaN": Recipe(_set(_TIMESTAMP, "NaN")),
    "timestamp NaN, signed over": Recipe(_over_timestamp("NaN")),
    "timestamp inf, signed over": Recipe(_over_timestamp("inf")),
    "timestamp empty": Recipe(_set(_TIMESTAMP, "")),
    "timestamp in words": Recipe(_set(_TIMESTAMP, "yesterday")),
    "signature in lower case": Recipe(_with(_SIGNATURE, str.lower)),
    "signature in upper case": Recipe(_with(_SIGNATURE, lambda text: text[:3] + text[3:].upper())),
    "signature in the other case": Recipe(
        _with(_SIGNATURE, lambda text: text[:3] + text[3:].swapcase())
    ),
}


@dataclass(frozen=True, slots=True)
class DeliveryVariant:
    """
    A change of a request that is signed already.

    Attributes:
        edit: Changes the headers or signs again.
        age: Seconds by which the new timestamp lies before the clock; negative is ahead of it.
        tamper: Makes the body that is sent of the one that is signed.
    """

    edit: Edit = _unchanged
    age: int = 0
    tamper: Callable[[bytes], bytes] | None = None

    def apply(self, parts: SigningInput, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        """
        Make the headers and the body of the variant.

        Args:
            parts: What the request was signed from.
            headers: Its headers, to which another variant may have been applied.
            body: Likewise its body.
        """
        shifted = replace(parts, timestamp=parts.timestamp - self.age)
        sent = self.tamper(parts.body) if self.tamper else body
        return self.edit(shifted, headers), sent

    def of(self, delivery: Delivery, secret: Secret) -> Delivery:
        """
        Make the variant of a delivery.
        """
        parts = SigningInput((secret,), delivery.message_id, delivery.timestamp, delivery.body)
        headers, body = self.apply(parts, dict(delivery.headers), delivery.body)
        timestamp = delivery.timestamp - self.age
        return replace(delivery, timestamp=timestamp, headers=headers, body=body)


#: The variants of a delivery. All but one are faults of the mock server, by their ids.
VARIANTS: Final[Mapping[str, DeliveryVariant]] = {
    "unsigned": DeliveryVariant(_without(*HEADERS)),
    "bad_signature": DeliveryVariant(_random_signature),
    "wrong_secret": DeliveryVariant(_OTHER_KEY),
    "stale": DeliveryVariant(_genuine, age=STALE_AGE),
    "future": DeliveryVariant(_genuine, age=-STALE_AGE),
    "missing_header": DeliveryVariant(_without_any),
    "tampered_body": DeliveryVariant(tamper=tamper),
    "reserialised_body": DeliveryVariant(tamper=reserialise),
    "two_signatures": DeliveryVariant(_OTHER_KEY_LAST),
    "old_signature_first": DeliveryVariant(_OTHER_KEY_FIRST),
    "unknown_version_signature": DeliveryVariant(_random_signature_first),
}
