"""
Tests of resolving the options of a run, and of how an error names an option.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.runner.resolve import resolve
from seamproof.cli.support.handler.target_options import option_name as command_line_name
from seamproof.errors import SeamproofError, UsageError
from seamproof.pytest_plugin.configuration import option_name as pytest_name
from seamproof.signing import Secret

if TYPE_CHECKING:
    from seamproof.checks.model.options import RunOptions


def handler(_body: bytes, _headers: dict[str, str]) -> int:
    """
    Accept everything.
    """
    return 204


def resolved(**options: Any) -> RunOptions:
    """
    Resolve options for a handler in this process.
    """
    return resolve(handler, **options)


def test_lists_may_be_one_text_or_several() -> None:
    """
    Commas separate ids in a text; values by path become `path=value`.
    """
    options = resolved(
        select="signature.*, payload.nulls",
        ignore=["signature.stale,"],
        overrides={"device_id": "2f0c1a52-6b1e-4c8e-9d0a-3f5b7c9e1d24"},
        xfail=["payload.nulls: later"],
        accept="200-299,404",
    )

    assert options.select == ("signature.*", "payload.nulls")
    assert options.ignore == ("signature.stale",)
    assert options.overrides == ("device_id=2f0c1a52-6b1e-4c8e-9d0a-3f5b7c9e1d24",)
    assert options.expected_failures == {"payload.nulls": "later"}
    assert options.accepts(404)
    assert not options.accepts(None)


def test_the_settings_of_a_run_are_its_options_and_a_secret() -> None:
    """
    A run has the seed, the events and the selection of its options.
    """
    secret = Secret.generate()
    options = resolved(seed=7, events="lock.*", select="signature.*", max_time=2.5, quick=True)

    settings = options.settings(secret)

    assert (settings.secret, settings.seed, settings.events) == (secret, 7, "lock.*")
    assert (settings.select, settings.max_time, settings.quick) == (("signature.*",), 2.5, True)


@pytest.mark.parametrize(
    ("text", "rate"), [("5/s", 5), ("30/m", 0.5), (" 1.5 / s ", 1.5), ("3600/h", 1), (None, None)]
)
def test_a_rate_is_read_as_requests_per_second(text: str | None, rate: float | None) -> None:
    """
    A rate names its period by a letter.
    """
    assert resolved(rate=text).rate == rate


@pytest.mark.parametrize("text", ["30", "0/s", "30/d", "-1/s", "thirty/m"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    """
    A pace of nothing, or without a known period, is an error.
    """
    with pytest.raises(UsageError, match="this is not a rate"):
        resolved(rate=text)


@pytest.mark.parametrize(
    ("target", "state", "replayable"),
    [
        ("app:app", None, True),
        ("app:app", "app:state", True),
        (handler, None, False),
        ("app:app", dict, False),
    ],
)
def test_a_command_can_open_what_has_a_name(
    target: Any,
    state: Any,
    *,
    replayable: bool,
) -> None:
    """
    An object in memory cannot be named in a case file.
    """
    assert resolve(target, state=state).can_be_replayed is replayable


@pytest.mark.parametrize(
    ("options", "argument", "command", "plugin"),
    [
        ({"kind": "rack"}, "kind=: there", "--as: there", "--seamproof-as: there"),
        ({"path": "hook"}, "path=: a path", "--path: a path", "--seamproof-path: a path"),
        ({"breaker": 3}, "breaker=: this", "--break: this", "--seamproof-break: this"),
        ({"ignore": "x"}, "ignore=: no check", "--ignore: no", "--seamproof-ignore: no"),
        ({"rate": "30"}, "rate=: this", "--rate: this", "--seamproof-rate: this"),
        ({"max_time": 0}, "max_time=: this", "--max-time: this", "--seamproof-max-time: this"),
    ],
)
def test_each_way_to_start_a_run_names_an_option_in_its_own_way(
    options: dict[str, Any], argument: str, command: str, plugin: str
) -> None:
    """
    The error has the field as data; nothing is replaced in a finished message.
    """
    with pytest.raises(UsageError) as caught:
        resolved(**options)

    error = caught.value
    assert error.option == next(iter(options))
    assert str(error).startswith(argument)
    assert error.text(command_line_name).startswith(command)
    assert error.text(pytest_name).startswith(plugin)


def test_a_cure_names_the_option_that_helps() -> None:
    """
    The error is then about the target, not about the option.
    """
    with pytest.raises(UsageError) as caught:
        resolve("http://127.0.0.1:1/hook", secret=Secret.generate(), kind="asgi")

    text = caught.value.text(command_line_name)
    assert text.startswith("http://127.0.0.1:1/hook: ")
    assert text.endswith("cure: leave --as out")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"expect": "lock.unlokced"}, "did you mean lock.unlocked"),
        ({"expect": ["lock.*", "lokc.*"]}, "no event type is called 'lokc.*'"),
        ({"expect": "device.*", "events": "lock.*"}, "no event that is sent matches 'device.*'"),
        ({"expect": 3}, "this is not a list"),
    ],
)
def test_an_expectation_that_fits_nothing_is_an_error(given: dict[str, Any], words: str) -> None:
    """
    It would otherwise be met by nothing at all.
    """
    with pytest.raises(SeamproofError) as caught:
        resolved(**given)

    assert words in str(caught.value)
    assert caught.value.option == "expect"


def test_patterns_of_expected_types_may_be_one_text() -> None:
    """
    As those of checks: with commas between them.
    """
    assert resolved(expect="lock.*, device.added").expect == ("lock.*", "device.added")
