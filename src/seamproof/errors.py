"""
The family of exceptions. Each carries data and, where there is one, the cure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: With what a command ends. Those from 2 on are the `exit_status` of an exception's class.
EXIT_STATUSES: Final = {
    0: "all well",
    1: "the thing under test fell short",
    2: "usage or configuration",
    3: "the target or port could not be reached",
    130: "interrupted, as with Ctrl-C",
}


#: Stands in a cure for the name of the option that the error is about.
OPTION: Final = "{option}"


def argument_name(option: str) -> str:
    """
    Name an option as an argument of a call.
    """
    return f"{option}="


class SeamproofError(Exception):
    """
    Something that a user did, gave or aimed at does not do.

    Args:
        what: What is wrong, in one sentence without a full stop.
        where: A file and line, a URL, a path of a property: whatever leads to the spot.
        expected: What would have been right.
        found: What was there instead.
        cure: What to do about it; `{option}` stands for the name of the option.
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
        Write one line of what and where, then a line each of the rest.

        Args:
            option_name: Names an option as the user knows it: `--as` or `kind=`.
        """
        name = option_name(self.option) if self.option else ""
        places = [self.where] if OPTION in self.cure else [name, self.where]
        where = " ".join(place for place in places if place)
        rest = [
            f"  {label}: {text}"
            for label, text in (
                ("expected", self.expected),
                ("found", self.found),
                ("cure", self.cure.replace(OPTION, name)),
            )
            if text
        ]
        return "\n".join([f"{where}: {self.what}" if where else self.what, *rest])


class UsageError(SeamproofError):
    """
    An option or argument that cannot be used as given.
    """


class Conflict(UsageError):
    """
    Something well-formed that cannot be done as things stand at present.
    """


class TooLarge(UsageError):
    """
    Something of a size that is not taken.
    """


class SourceInvalid(SeamproofError):
    """
    A document from which schemas were to be derived is malformed.
    """


class CatalogueInvalid(SeamproofError):
    """
    A directory of schemas cannot be used as a catalogue.
    """


class UnknownEventType(SeamproofError, KeyError):
    """
    A name or pattern that no event type of the catalogue answers to.

    Args:
        event_type: The name or pattern asked for.
        nearest: Known names that look like it, the likeliest first.
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
    A path that leads to no property of the event.
    """


class NotFound(SeamproofError, KeyError):
    """
    An id that nothing here has.
    """


class SecretInvalid(SeamproofError, ValueError):
    """
    A signing secret that is not `whsec_` and base64 of 24 to 75 bytes.
    """


class RemoteTarget(SeamproofError):
    """
    A target on another machine that nobody allowed.
    """


class TargetUnreachable(SeamproofError):
    """
    Nothing answers where the target should be.
    """

    exit_status = 3
