"""
Whether a file or a project shows Seam: its SDK, its variables, its addresses, Svix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: What only a program that works with Seam has: an SDK, a variable, an address.
_STRONG: Final = re.compile(
    rb"\bSEAM_[A-Z]|seamapi|getseam\.com|\bseam\.co\b|SeamWebhook|SeamClient|SeamEvent"
    rb"|^\s*(?:from|import|require|use|using|alias)\s+[Ss]eam\b"
    rb"|(?:from|import|require|require_relative|gem)\s*\(?\s*[\"'][Ss]eam\b"
    rb"|new Seam\b|\bSeam\.new\b|\bSeam\(|\bco\.seam\b|\bcom\.seam\b",
    re.MULTILINE,
)
#: The name alone, as a word or as a part of one: `seam_device_id`, `handleSeamEvent`.
_NAME: Final = re.compile(rb"(?<![A-Za-z])seam(?![a-z])|Seam(?![a-z])|SEAM(?![A-Z])")
_SVIX: Final = re.compile(rb"svix", re.IGNORECASE)
#: Another framework of the same name.
_OTHER_SEAM: Final = re.compile(rb"jboss", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What shows that a source is about Seam.

    Attributes:
        strong: An SDK, a variable or an address of Seam.
        weak: Seam's name, or Svix.
        own: Whether the file itself shows it, not only its project.
        is_svix_alone: Whether nothing but Svix does, which other vendors deliver with as well.
    """

    strong: bool = False
    weak: bool = False
    own: bool = False
    is_svix_alone: bool = False

    @property
    def shows_seam(self) -> bool:
        """
        Whether there is any evidence of Seam.
        """
        return self.strong or self.weak


def may_show(raw: bytes) -> bool:
    """
    Whether a file has the name of Seam or Svix at all: only then it is looked at.
    """
    return b"seam" in raw or b"Seam" in raw or b"SEAM" in raw or b"vix" in raw


def shows_strongly(raw: bytes) -> bool:
    """
    Whether a file has what only a program that works with Seam has.
    """
    return bool(_STRONG.search(raw)) and not _OTHER_SEAM.search(raw)


def evidence_of(raw: bytes) -> Evidence:
    """
    Look for evidence in the bytes of a file.
    """
    if not may_show(raw) or _OTHER_SEAM.search(raw):
        return Evidence()
    strong = bool(_STRONG.search(raw))
    named = strong or bool(_NAME.search(raw))
    shown = named or bool(_SVIX.search(raw))
    return Evidence(strong, weak=shown, own=shown, is_svix_alone=shown and not named)
