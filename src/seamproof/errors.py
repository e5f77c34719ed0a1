"""
The exceptions of this package. Each carries data: what is wrong, where, and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: The exit statuses of a command; from 2 on, the `exit_status` of a class of exceptions.
EXIT_STATUSES: Final = {
    0: "all well",
    1: "a check or a validation failed",
    2: "usage or configuration",
    3: "the target or port could not be reached",
    70: "an error in seamproof itself; `seamproof --traceback …` shows where",
    130: "interrupted, as with Ctrl-C",
    143: "terminated, as with `kill`",
}


#: Stands in a cure for the name of the option that the error is about.
OPTION: Final = "{option}"
#: Stands in a cure for the name of the option that allows a remote target.
ALLOW_REMOTE: Final = "{allow_remote}"


def argument_name(option: str) -> str:
    """
    Name an option as an argument of a call.
    """
    return f"{option}="


class SeamproofError(Exception):
    """
    An error in what a user did, passed or aimed at.

    Args:
        what: What is wrong, in one sentence without a full stop.
        where: The place: a file and line, a URL, the path of a property.
        expected: The form or value that would be valid.
        found: The value that was found instead.
        cure: What the user can do about it; `{option}` stands for the name of the option.
        option: The option concerned, as `resolve` calls it. It is named in the cure, or else
            before `where`.
    """

    #: The exit status of a command that ends with this error.
    exit_status: ClassVar[int] = 2

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        expected: str = "",
        found: str = "",
        cure: str = "",
        option: str = "",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.found = found
        self.cure = cure
        self.option = option

    def __str__(self) -> str:
        return self.text()

    def text(self, option_name: Callable[[str], str] = argument_name) -> str:
        """
        Write what and where in one line, and each of the rest in a line of its own.

        Args:
            option_name: Names an option as the user knows it: `--as` or `kind=`.
        """
        name = option_name(self.option) if self.option else ""
        places = [self.where] if OPTION in self.cure else [name, self.where]
        where = " ".join(place for place in places if place)
        cure = self.cure.replace(ALLOW_REMOTE, option_name("allow_remote"))
        rest = [
            f"  {label}: {text}"
            for label, text in (
                ("expected", self.expected),
                ("found", self.found),
                ("cure", cure.replace(OPTION, name)),
            )
            if text
        ]
        return "\n".join([f"{where}: {self.what}" if where else self.what, *rest])


class UsageError(SeamproofError):
    """
    An option or argument has a value that cannot be used.
    """


class Conflict(UsageError):
    """
    A valid request that the present state does not allow.
    """


class TooLarge(UsageError):
    """
    A value that is larger than allowed.
    """


class SourceInvalid(SeamproofError):
    """
    A document that schemas are derived from is malformed.
    """


class CatalogueInvalid(SeamproofError):
    """
    A directory of schemas is not a usable catalogue.
    """


class UnknownEventType(SeamproofError, KeyError):
    """
    No event type of the catalogue has this name or matches this pattern.

    Args:
        event_type: The name or pattern.
        nearest: Event types that resemble it, the most similar first.
    """

    def __init__(self, event_type: str, nearest: Sequence[str] = ()) -> None:
        super().__init__(
            f"no event type is called {event_type!r}",
            cure=f"did you mean {' or '.join(nearest)}?"
            if nearest
            else "`seamproof schemas list` shows all of them",
        )
        self.event_type = event_type
        self.nearest = tuple(nearest)


class UnknownProperty(SeamproofError, KeyError):
    """
    A path leads to no property of the event.
    """


class NotFound(SeamproofError, KeyError):
    """
    Nothing has this id.
    """


class SecretInvalid(SeamproofError, ValueError):
    """
    A signing secret is not `whsec_` and base64 of 24 to 75 bytes.
    """


class RemoteTarget(SeamproofError):
    """
    A target is on another machine, which no option allows.
    """


class TargetUnreachable(SeamproofError):
    """
    Nothing answers at the address of the target.
    """

    exit_status = 3


#: Longer names resemble none; to compare them would take time.
_LONGEST: Final = 100


def nearest_names(
    name: str, known: Iterable[str], limit: int = 3, *, cutoff: float = 0.6
) -> list[str]:
    """
    Return the known names that resemble another one, the most similar first.

    Args:
        name: The unknown name.
        known: The known names.
        limit: How many at most.
        cutoff: The least similarity, from 0 to 1.
    """
    if len(name) > _LONGEST:
        return []
    from difflib import get_close_matches

    return get_close_matches(name, [*known], limit, cutoff)
