"""
Lints the sources of handlers: finds them, reads what may be wrong, and collects the findings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from seamproof.lint.contract import EventTypes, properties_of
from seamproof.lint.detectors import (
    bodies,
    event_types,
    headers,
    other_formats,
    properties,
    secrets,
)
from seamproof.lint.detectors.detected import Detected, Inspected, is_test
from seamproof.lint.files.evidence import Evidence, evidence_of, may_show, shows_strongly
from seamproof.lint.files.projects import Projects
from seamproof.lint.files.search import (
    decode,
    find_sources,
    folder_of,
    is_minified,
    read_bytes,
    suffix_of,
)
from seamproof.lint.model import Finding, LintReport, SkippedFile
from seamproof.lint.rules import RULE_OF
from seamproof.lint.source.assignments import assignments
from seamproof.lint.source.languages import LANGUAGES
from seamproof.lint.source.type_literals import made_types, type_literals
from seamproof.lint.suppressions import suppressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seamproof.lint.contract import Properties
    from seamproof.lint.files.search import FoundSource
    from seamproof.lint.source.tokens import SourceCode
    from seamproof.schemas import Catalogue

#: By group of rules, what finds them. A group is tried only where a file may have such a mistake.
_DETECTORS: Final[Mapping[str, Callable[[Inspected], Iterator[Detected]]]] = {
    "types": event_types.find,
    "formats": other_formats.find,
    "headers": headers.find,
    "properties": properties.find,
    "secrets": secrets.find_secrets,
    "bodies": bodies.find,
    "strips": secrets.find_strips,
}

_EVENT_TYPE: Final = re.compile(rb"event_?type", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Suspect:
    """
    A source that was read because it may have mistakes.

    Attributes:
        source: Its tokens.
        is_test: Whether it is a test, or made for tests.
        groups: Of the rules that it may break.
        evidence: Of the file alone.
        project: The directory of its project.
    """

    source: SourceCode
    is_test: bool
    groups: frozenset[str]
    evidence: Evidence
    project: str


class Linter:
    """
    Lints files against a contract.

    Args:
        catalogue: The contract.
        rules: The ids of the rules that are reported.
    """

    def __init__(self, catalogue: Catalogue, rules: frozenset[str]) -> None:
        self._catalogue = catalogue
        self._rules = rules
        self._types = EventTypes(catalogue)
        self._skipped: list[SkippedFile] = []
        self._projects = Projects()
        self._files = 0

    def lint(self, paths: Sequence[str]) -> LintReport:
        """
        Lint files, and the sources in directories.

        Raises:
            UsageError: There is no such file or directory.
        """
        read = [one for found in find_sources(paths) if (one := self._read(found)) is not None]
        made: dict[str, set[str]] = {}
        for one in read:
            if one.is_test:
                continue
            own = made.setdefault(one.project, set())
            if "types" in one.groups:
                own |= made_types(one.source)
            if "formats" in one.groups:
                own |= other_formats.other_uses(one.source, self._types)
        findings, count = [], 0
        for one in read:
            kept, hidden = self._inspect(one, frozenset(made.get(one.project, ())))
            findings += kept
            count += hidden
        return LintReport(tuple(sorted(findings)), self._files, count, tuple(self._skipped))

    def _read(self, found: FoundSource) -> _Suspect | None:
        """
        Read a file; None where nothing in it can be wrong.
        """
        path = found.path
        raw = read_bytes(path)
        if isinstance(raw, SkippedFile):
            self._skipped.append(raw)
            return None
        self._files += 1
        groups = frozenset(self._groups(raw))
        shows = may_show(raw)
        if not groups and not shows:
            return None
        project = self._projects.root_of(folder_of(path))
        if not self._projects.is_shown(project) and shows_strongly(headers.without_headers(raw)):
            self._projects.show(project)
        if not groups:
            return None
        evidence = evidence_of(headers.without_headers(raw))
        text = decode(raw)
        if is_minified(text):
            self._files -= 1
            self._skipped.append(SkippedFile(path, "it is minified"))
            return None
        from seamproof.lint.source.reader import read_source

        language = LANGUAGES[suffix_of(path)]
        source = read_source(path, text, language)
        return _Suspect(source, is_test(found.inside), groups, evidence, project)

    def _groups(self, raw: bytes) -> Iterator[str]:
        """
        List the groups of rules that a file may break, by its bytes alone.
        """
        shows = may_show(raw)
        found = self._types.in_file(raw)
        names_types = bool(found & self._types.all) or bool(_EVENT_TYPE.search(raw))
        if (shows or names_types) and self._types.may_be_wrong(found):
            yield "types"
        if shows and names_types and other_formats.may_be_wrong(raw, self._types):
            yield "formats"
        if shows and headers.may_be_wrong(raw):
            yield "headers"
        is_read = b"type" in raw and (shows or bool(found & self._types.all))
        if is_read and properties.may_be_wrong(raw, found, self._properties):
            yield "properties"
        if b"whsec" in raw and secrets.may_have_secret(raw):
            yield "secrets"
        if shows and bodies.may_be_wrong(raw):
            yield "bodies"
        if secrets.may_strip(raw):
            yield "strips"

    @cached_property
    def _properties(self) -> Properties:
        return properties_of(self._catalogue)

    def _inspect(self, one: _Suspect, made: frozenset[str]) -> tuple[list[Finding], int]:
        """
        Find the mistakes of a source, and count those that its comments suppress.
        """
        evidence = one.evidence
        if self._projects.shows_seam(one.project):
            evidence = replace(evidence, weak=True, is_svix_alone=False)
        given = tuple(assignments(one.source))
        literals = type_literals(one.source, given)
        inspected = Inspected(
            one.source, one.is_test, evidence, self._types, self._catalogue, given, literals, made
        )
        hidden = suppressed(one.source.text)
        findings, count = [], 0
        for group in sorted(one.groups):
            for found in _DETECTORS[group](inspected):
                line, column = one.source.place(found.at)
                if found.rule not in self._rules:
                    continue
                if found.rule in hidden.get(line, ()):
                    count += 1
                    continue
                path = one.source.path
                findings.append(
                    Finding(
                        path,
                        line,
                        column,
                        found.rule,
                        RULE_OF[found.rule].severity,
                        found.message,
                        found.fix,
                    )
                )
        return list(dict.fromkeys(findings)), count
