"""
The forms in which programs print a secret.
"""

from __future__ import annotations

import json
import textwrap
from base64 import b32encode, b64encode, urlsafe_b64encode

import pytest

from seamproof.checks.reporting.redaction import INSTEAD, Redactor
from seamproof.signing import Secret

KEY = bytes([251, 239, 190, 0, 1, 2, 47, 92, 34, 39, 200, 201, 202, *range(100, 119)])
SECRET = Secret(f"whsec_{b64encode(KEY).decode()}")
TEXT = SECRET.reveal()
BARE = TEXT.removeprefix("whsec_")

FORMS = {
    "json": "".join(f"\\u{ord(one):04x}" for one in TEXT),
    "json upper": "".join(f"\\u{ord(one):04X}" for one in BARE),
    "html": "".join(f"&#{ord(one)};" for one in TEXT),
    "html hex": "".join(f"&#x{ord(one):x};" for one in TEXT),
    "python": "".join(f"\\x{ord(one):02x}" for one in TEXT),
    "python key": repr(KEY),
    "json key": json.dumps(KEY.decode("latin-1")),
    "colons": KEY.hex(":"),
    "colons upper": TEXT.encode().hex(":").upper(),
    "node": f"<Buffer {KEY.hex(' ')}>",
    "node text": f"<Buffer {BARE.encode().hex(' ')}>",
    "node json": json.dumps({"type": "Buffer", "data": [*KEY]}, separators=(",", ":")),
    "go": f"[{' '.join(map(str, TEXT.encode()))}]",
    "c": "".join(f"0x{one:02X}, " for one in KEY),
    "base32": b32encode(KEY).decode(),
    "base32 of the text": b32encode(BARE.encode()).decode().lower(),
    **{f"base32 at {at}": b32encode(b"x" * at + TEXT.encode() + b"yz").decode() for at in range(5)},
    "base32 of the whole text": b32encode(TEXT.encode()).decode(),
    "java": str([one - 256 if one > 127 else one for one in KEY]),
    "java text": str([*TEXT.encode()]),
    "uint8array": json.dumps(dict(enumerate(KEY))),
    "uint8array short": json.dumps(dict(enumerate(KEY)), separators=(",", ":")),
    "print_r": "".join(f"\n    [{at}] => {one}" for at, one in enumerate(KEY)),
    "var_dump": "".join(f"  [{at}]=>\n  int({one})\n" for at, one in enumerate(BARE.encode())),
    "list of letters": json.dumps([*BARE]),
    "list of hexadecimal digits": json.dumps([f"{one:02x}" for one in KEY]),
    "utf-16": BARE.encode("utf-16-le").decode("latin-1"),
    "repr of utf-16": repr(BARE.encode("utf-16-le")),
    "escaped html": "".join(f"&amp;#{ord(one)};" for one in BARE),
    "json in json": json.dumps(json.dumps("".join(f"\\u{ord(one):04x}" for one in BARE))),
    "basic 0": b64encode(f"use{BARE}".encode()).decode(),
    "basic 1": b64encode(f"u:{TEXT}:x".encode()).decode(),
    "basic 2": b64encode(f"us:{TEXT}".encode()).decode(),
    "basic 3": b64encode(f"use:{TEXT}".encode()).decode(),
    "key within": urlsafe_b64encode(b"x" + KEY + b"yz").decode(),
    "wrapped": "\n".join(textwrap.wrap(BARE, 10)),
    "wrapped in a string": "\\n".join(textwrap.wrap(BARE, 10)),
    "spaced": " ".join(BARE),
    "url": "".join(f"%{ord(one):02x}" for one in BARE),
    "octal": "".join(f"\\{one:03o}" for one in KEY),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("around", ["{}", "secret={} is wrong"])
def test_a_secret_is_found_in_each_form(form: str, around: str) -> None:
    """
    Nothing is left but the prefix `whsec_` in its escaped form.
    """
    clean = Redactor([SECRET]).text(around.format(form))
    assert INSTEAD in clean
    assert len(clean) < len(around) + max(45, len(form) // 3)
    assert Redactor([SECRET]).raw(form.encode()) != form.encode()


@pytest.mark.parametrize("left", range(8, len(BARE)))
def test_a_secret_that_is_cut_is_found(left: int) -> None:
    """
    A text may have been cut in the middle of a secret before it is redacted.
    """
    assert BARE[:8] not in Redactor([SECRET]).text(f"the key {BARE[:left]}")
    assert BARE[:8] not in Redactor([SECRET]).text(f"the key {BARE[:left]}…")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("rest", ["", "…, which is no status"])
def test_a_form_that_is_cut_is_found(form: str, rest: str) -> None:
    """
    Wherever the text goes on.
    """
    cut = form[: len(form) * 3 // 4]
    clean = Redactor([SECRET]).text(f"returned {cut}{rest}")
    assert INSTEAD in clean
    assert len(clean) < len(form) // 3 + 60


@pytest.mark.parametrize("other", ["1, 2, 3", KEY[4:12].hex(), "a b c d", "%41%42", "whsec"])
def test_other_texts_stay(other: str) -> None:
    """
    Nothing but the secret is redacted.
    """
    assert Redactor([SECRET]).text(other) == other
    assert Redactor([Secret.generate()]).text(FORMS["go"]) == FORMS["go"]
