"""
`seamproof sample`: realistic events as NDJSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.schemas import catalog, is_valid

if TYPE_CHECKING:
    from tests.cli.runner import Done, Run

MAIN = [sys.executable, "-c", "from seamproof.cli import main; main()"]
DELETED = "connected_account.deleted"


def events(done: Done) -> list[dict[str, Any]]:
    """
    Read what a command has printed: an event a line.
    """
    assert done.status == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("pattern", ["*", "acs_credential.*", "connected_account.c*", DELETED])
def test_a_pattern_gives_one_event_of_each_type(seamproof: Run, pattern: str) -> None:
    """
    Each line is a valid event of the next type that the pattern fits.
    """
    made = events(seamproof("sample", pattern, "--seed", "1"))

    types = [schema.event_type for schema in catalog().match(pattern)]
    assert [event["event_type"] for event in made] == types
    assert all(is_valid(event, strict=True) for event in made)


@pytest.mark.parametrize("count", [0, 1, 7, 200])
def test_the_count_is_that_of_the_lines(seamproof: Run, count: int) -> None:
    """
    The types take turns until there are enough.
    """
    made = events(seamproof("sample", "acs_credential.*", "--count", str(count), "--seed", "1"))

    assert len(made) == count


def test_a_seed_decides_every_byte() -> None:
    """
    In another process, on another day, with other hashes of strings, the bytes are the same.
    """
    printed = {
        subprocess.check_output(
            [*MAIN, "sample", "*", "--count", "40", "--seed", "seven", "--presence", "mixed"],
            env={**os.environ, "PYTHONHASHSEED": hashes},
        )
        for hashes in ("0", "1", "2")
    }

    assert len(printed) == 1


def test_the_seed_that_is_told_makes_the_same_events(seamproof: Run) -> None:
    """
    Without a seed one is made up and told on standard error, to repeat the events by.
    """
    first = seamproof("sample", "*", "--count", "20")
    word, seed = first.stderr.split()

    again = seamproof("sample", "*", "--count", "20", "--seed", seed)

    assert word == "seed"
    assert again.stdout == first.stdout
    assert again.stderr == ""
    assert seamproof("sample", "*", "--count", "20").stdout != first.stdout


@pytest.mark.parametrize("presence", ["all", "required", "mixed"])
def test_presence_decides_which_properties_there_are(seamproof: Run, presence: str) -> None:
    """
    Optional properties are there always, never, or now and then.
    """
    words = ["sample", DELETED, "--count", "40", "--seed", "1", "--presence", presence]
    sizes = {len(event) for event in events(seamproof(*words))}

    least, most = len(catalog()[DELETED].required), len(catalog()[DELETED].properties)
    assert least < most
    if presence == "mixed":
        assert len(sizes) > 1
        assert least <= min(sizes) < max(sizes) <= most
    else:
        assert sizes == {most if presence == "all" else least}


def test_properties_can_be_set(seamproof: Run) -> None:
    """
    Several overrides apply to every event, deep ones and extra ones too.
    """
    made = events(
        seamproof(
            *("sample", "connected_account.disconnected", "--count", "3"),
            *("--set", "connected_account_errors.0.message=out of order"),
            *("--set", "connected_account_custom_metadata.vip=true"),
            *("--set-extra", "robot={}"),
        )
    )

    for event in made:
        assert event["connected_account_errors"][0]["message"] == "out of order"
        assert event["connected_account_custom_metadata"]["vip"] is True
        assert event["robot"] == {}
        assert is_valid(event)
    assert len(made) == 3


REFUSED = {
    "unknown property": (["--set", "device_id=7"], ["'device_id'", "customer_key", "--set-extra"]),
    "misspelt property": (["--set", "costumer_key=7"], ["'costumer_key'", "customer_key"]),
    "wrong value": (["--set", "connected_account_id=7"], ["connected_account_id must be a UUID"]),
    "wrong time": (["--set", "occurred_at=noon"], ["RFC 3339", '"noon"']),
    "wrong type": (["--set", "event_type=acs_credential.issued"], [f'must be "{DELETED}"']),
    "no value": (["--set", "customer_key"], ["an equals sign"]),
    "extra without value": (["--set-extra", "robot"], ["an equals sign"]),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_an_override_that_does_not_fit_is_refused(
    seamproof: Run, words: list[str], told: list[str]
) -> None:
    """
    Nothing is printed, and the error says what there is instead.
    """
    done = seamproof("sample", DELETED, *words)

    assert (done.status, done.stdout) == (2, "")
    assert [word for word in told if word not in done.stderr] == []


@pytest.mark.parametrize("value", ["NaN", "1e999", '"\\ud800"', "\udcff", "[" * 100_000])
def test_a_strange_value_is_no_crash(seamproof: Run, value: str) -> None:
    """
    What JSON cannot hold is refused like any other wrong value, or is taken as text.
    """
    done = seamproof("sample", DELETED, "--seed", "1", "--set-extra", f"robot={value}")

    assert done.status in (0, 2)
    assert bool(done.stdout) == (done.status == 0)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("connected_account.deletd", DELETED),
        ("conected_account.delete*", DELETED),
        ("nothing.like.it", "seamproof schemas list"),
    ],
)
def test_an_unknown_pattern_is_answered_with_the_nearest(
    seamproof: Run, pattern: str, told: str
) -> None:
    """
    The likeliest names come with the error, or where to find them all.
    """
    done = seamproof("sample", pattern)

    assert (done.status, done.stdout) == (2, "")
    assert told in done.stderr


def test_what_sample_prints_validate_takes(seamproof: Run) -> None:
    """
    The two commands fit together in a pipe.
    """
    printed = seamproof("sample", "*", "--count", "50", "--seed", "1").stdout

    done = seamproof("validate", "-", "--strict", stdin=printed)

    assert (done.status, done.stdout) == (0, "50 events checked, all valid\n")
