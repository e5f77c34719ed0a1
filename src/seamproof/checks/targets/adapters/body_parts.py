"""
The parts in which a server receives the body of a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.model.exchange import Transfer

#: Bytes of a body that a server reads at once.
_READ: Final = 65_536
#: In how many parts a small body is sent.
_PARTS: Final[Mapping[Transfer, int]] = {"two segments": 2, "three segments": 3, "chunked": 2}
#: In two parts, of which the first ends within a letter.
_DIVIDED: Final[Transfer] = "divided letter"
#: The transfers of a body in parts.
SPLIT: Final[frozenset[Transfer]] = frozenset((*_PARTS, _DIVIDED))
#: From here on, a byte begins a letter of several bytes in UTF-8.
_FIRST_OF_SEVERAL: Final = 0xC0


def parts_of(body: bytes, transfer: Transfer) -> list[bytes]:
    """
    Split a body into its parts, of which the last one may be shorter.

    Args:
        body: The whole body; an empty one is one part.
        transfer: How it is transferred.
    """
    if transfer == _DIVIDED:
        cut = next((at for at, byte in enumerate(body, 1) if byte >= _FIRST_OF_SEVERAL), len(body))
        return [part for part in (body[:cut], body[cut:]) if part] or [b""]
    size = _READ
    if transfer in _PARTS:
        size = max(1, -(-len(body) // _PARTS[transfer]))
    return [body[start : start + size] for start in range(0, len(body), size)] or [b""]
