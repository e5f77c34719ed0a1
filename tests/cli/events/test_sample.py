"""
`seamproof sample`: realistic events as NDJSON.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.schemas import catalog, is_valid
from seamproof.signing import Secret, verify
from seamproof.strategies import JOURNEYS, Sampler
from tests.strategies.sampled import sampled_names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.runner import Done, Run

MAIN = [sys.executable, "-c", "from seamproof.cli import main; main()"]
DELETED = "connected_account.deleted"


def events(done: Done) -> list[dict[str, Any]]:
    """
    Parse printed events, one per line.
    """
    assert done.status == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("pattern", ["*", "acs_credential.*", "connected_account.c*", DELETED])
def test_a_pattern_gives_one_event_of_each_type(seamproof: Run, pattern: str) -> None:
    """
    Each line is a valid event of the next event type that matches the pattern.
    """
    made = events(seamproof("sample", pattern, "--seed", "1"))

    types = [schema.event_type for schema in catalog().match(pattern)]
    assert [event["event_type"] for event in made] == types
    assert all(is_valid(event, strict=True) for event in made)


@pytest.mark.parametrize("form", ["curl", "http", "lambda"])
def test_a_signed_request_is_printed(seamproof: Run, form: str) -> None:
    """
    With --as an event is printed as a signed request, in the form of its receiver.
    """
    url = "http://127.0.0.1:8000/hook?a=1"
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    words = ["lock.locked", "--as", form, "--to", url, "--secret", secret.reveal(), "--seed", "1"]

    done = seamproof("sample", *words)

    assert done.status == 0, done.stderr
    headers, body = READERS[form](done.stdout)
    assert verify(body, headers, secret, now=time.time()).valid
    assert is_valid(json.loads(body))
    assert "/hook" in done.stdout


def test_a_signed_request_needs_a_secret(seamproof: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without a secret nothing is printed.
    """
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)

    done = seamproof("sample", "lock.locked", "--as", "curl")

    assert (done.status, done.stdout) == (2, "")
    assert "--secret" in done.stderr


def read_curl(text: str) -> tuple[dict[str, str], bytes]:
    """
    Read the headers and the body of a curl command.
    """
    words = shlex.split(text)
    pairs = (words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "--header")
    return dict(pairs), words[words.index("--data-raw") + 1].encode()


def read_http(text: str) -> tuple[dict[str, str], bytes]:
    """
    Read the headers and the body of an HTTP request.
    """
    # The captured stream writes every line break as \n.
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    lines = head.split("\n")
    assert lines[0] == "POST /hook?a=1 HTTP/1.1"
    headers = dict(line.split(": ", 1) for line in lines[1:])
    raw = body.removesuffix("\n").encode()
    assert int(headers["content-length"]) == len(raw)
    return headers, raw


def read_lambda(text: str) -> tuple[dict[str, str], bytes]:
    """
    Read the headers and the body of the event of a Lambda function.
    """
    event = json.loads(text)
    assert event["requestContext"]["http"]["method"] == "POST"
    return event["headers"], event["body"].encode()


READERS = {"curl": read_curl, "http": read_http, "lambda": read_lambda}


@pytest.mark.parametrize("count", [0, 1, 7, 200])
def test_the_count_is_that_of_the_lines(seamproof: Run, count: int) -> None:
    """
    The event types repeat in order until the count is reached.
    """
    made = events(seamproof("sample", "acs_credential.*", "--count", str(count), "--seed", "1"))

    assert len(made) == count


def test_a_seed_decides_every_byte() -> None:
    """
    The bytes are the same in another process, on another day and with other string hashes.
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
    Without --seed the random seed is printed on standard error, to reproduce the events.
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
    Optional properties are present always, never, or sometimes.
    """
    words = ["sample", DELETED, "--count", "40", "--seed", "1", "--presence", presence]
    sizes = {len(event) for event in events(seamproof(*words))}

    least, most = len(catalog()[DELETED].required), len(sampled_names(catalog()[DELETED]))
    assert least < most
    if presence == "mixed":
        assert len(sizes) > 1
        assert least <= min(sizes) < max(sizes) <= most
    else:
        assert sizes == {most if presence == "all" else least}


def test_properties_can_be_set(seamproof: Run) -> None:
    """
    Several overrides apply to each event, including nested and extra properties.
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


@pytest.mark.parametrize(("words", "expected"), REFUSED.values(), ids=REFUSED)
def test_an_override_that_does_not_fit_is_refused(
    seamproof: Run, words: list[str], expected: list[str]
) -> None:
    """
    Nothing is printed, and the error lists the possible values.
    """
    done = seamproof("sample", DELETED, *words)

    assert (done.status, done.stdout) == (2, "")
    assert [word for word in expected if word not in done.stderr] == []


@pytest.mark.parametrize("value", ["NaN", "1e999", '"\\ud800"', "\udcff", "[" * 100_000])
def test_a_strange_value_is_no_crash(seamproof: Run, value: str) -> None:
    """
    A value that JSON cannot represent is rejected, or used as a text.
    """
    done = seamproof("sample", DELETED, "--seed", "1", "--set-extra", f"robot={value}")

    assert done.status in (0, 2)
    assert bool(done.stdout) == (done.status == 0)


@pytest.mark.parametrize(
    ("pattern", "suggestion"),
    [
        ("connected_account.deletd", DELETED),
        ("conected_account.delete*", DELETED),
        ("nothing.like.it", "seamproof schemas list"),
    ],
)
def test_an_unknown_pattern_is_answered_with_the_nearest(
    seamproof: Run, pattern: str, suggestion: str
) -> None:
    """
    The error suggests the most similar names, or where to find all names.
    """
    done = seamproof("sample", pattern)

    assert (done.status, done.stdout) == (2, "")
    assert suggestion in done.stderr


def test_what_sample_prints_validate_takes(seamproof: Run) -> None:
    """
    The output of `sample` is valid input of `validate`.
    """
    printed = seamproof("sample", "*", "--count", "50", "--seed", "1").stdout

    done = seamproof("validate", "-", "--strict", stdin=printed)

    assert (done.status, done.stdout) == (0, "50 events checked, all valid\n")


ACCESS_CODE: Final = "access_code"
DEVICE_ID: Final = "9b2c61d4-0f3e-4a57-8c1d-5e6f7a8b9c0d"


@pytest.mark.parametrize("name", JOURNEYS)
@pytest.mark.parametrize("presence", ["all", "required", "mixed"])
def test_a_journey_is_printed_in_its_order(seamproof: Run, name: str, presence: str) -> None:
    """
    Each line is the next step of the life cycle: valid, and later than the previous one.
    """
    made = events(seamproof("sample", "--journey", name, "--seed", "1", "--presence", presence))

    assert [event["event_type"] for event in made] == [one.event_type for one in JOURNEYS[name]]
    assert all(is_valid(event) for event in made)
    times = [event["occurred_at"][:23] for event in made]
    assert times == sorted(set(times))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_count_of_journeys_is_that_of_whole_ones(seamproof: Run, count: int) -> None:
    """
    Each journey is complete and has a different account.
    """
    words = ["--journey", "connected_account", "--count", str(count), "--seed", "1"]
    made = events(seamproof("sample", *words))

    steps = [one.event_type for one in JOURNEYS["connected_account"]]
    assert [event["event_type"] for event in made] == steps * count
    ids = [event["connected_account_id"] for event in made]
    assert [ids.count(one) for one in dict.fromkeys(ids)] == [len(steps)] * count
    assert len({event["event_id"] for event in made}) == len(made)


def test_a_seed_decides_every_byte_of_a_journey(seamproof: Run) -> None:
    """
    The printed seed reproduces the journey, and another seed gives another one.
    """
    words = ["sample", "--journey", ACCESS_CODE, "--count", "2"]
    first = seamproof(*words)
    word, seed = first.stderr.split()

    assert word == "seed"
    assert seamproof(*words, "--seed", seed).stdout == first.stdout
    assert seamproof(*words, "--seed", f"{seed}0").stdout != first.stdout


def test_a_journey_is_the_one_that_the_sampler_makes(seamproof: Run) -> None:
    """
    The command and `Sampler(seed).journey` give the same events.
    """
    made = events(seamproof("sample", "--journey", ACCESS_CODE, "--seed", "7"))

    assert made == Sampler("7").journey(ACCESS_CODE)


def test_a_property_is_set_on_the_steps_that_have_it(seamproof: Run) -> None:
    """
    An override applies to the steps that have the property; an extra one applies to all.
    """
    made = events(
        seamproof(
            *("sample", "--journey", ACCESS_CODE, "--seed", "1", "--presence", "required"),
            *("--set", "customer_key=hotel-9", "--set", f"device_id={DEVICE_ID}"),
            *("--set", "to.code=4711", "--set-extra", "robot=true"),
        )
    )

    has = [catalog()[event["event_type"]].properties.keys() for event in made]
    assert 0 < sum("customer_key" in names for names in has) < len(made)
    for event, names in zip(made, has, strict=True):
        assert event.get("customer_key") == ("hotel-9" if "customer_key" in names else None)
        assert event["device_id"] == DEVICE_ID
        assert event.get("to") == ({"code": "4711"} if "to" in names else None)
        assert event["robot"] is True
        assert is_valid(event)


JOURNEY_REFUSED: Final[dict[str, tuple[list[str], list[str]]]] = {
    "unknown journey": (["--journey", "acs_credentials"], ["'acs_credentials'", *JOURNEYS]),
    "no name": (["--journey", ""], [*JOURNEYS]),
    "an event type": (["--journey", DELETED], [*JOURNEYS]),
    "a pattern too": (["*", "--journey", "device"], ["either", "pattern", "journey"]),
    "neither": ([], ["either", "pattern", "journey"]),
    "unknown property": (["--journey", "device", "--set", "robot=1"], ["'robot'", "--set-extra"]),
    "property of a step": (
        ["--journey", "device", "--set", "battery_levle=1"],
        ["'battery_levle'", "battery_level"],
    ),
    "unknown member": (
        ["--journey", "access_code", "--set", "from.nmae=x"],
        ["'from.nmae'", "code", "--set-extra"],
    ),
    "unknown member of an item": (
        ["--journey", "connected_account", "--set", "connected_account_errors.0.mesage=x"],
        ["'connected_account_errors.0.mesage'", "message"],
    ),
    "wrong value": (["--journey", "device", "--set", "device_id=7"], ["device_id must be a UUID"]),
    "wrong type": (["--journey", "device", "--set", f"event_type={DELETED}"], ["device.added"]),
}


@pytest.mark.parametrize(("words", "expected"), JOURNEY_REFUSED.values(), ids=JOURNEY_REFUSED)
def test_a_slip_with_a_journey_is_refused(
    seamproof: Run, words: list[str], expected: list[str]
) -> None:
    """
    Nothing is printed, and the error lists the possible values.
    """
    done = seamproof("sample", *words)

    assert (done.status, done.stdout) == (2, "")
    assert [word for word in expected if word.strip("'") not in done.stderr] == []


def test_a_journey_that_a_catalogue_lacks_is_refused(seamproof: Run, tmp_path: Path) -> None:
    """
    The error names the missing event type before any event is printed.
    """
    for name in ("issued", "reissued", "deleted"):
        document = json.dumps(catalog()[f"acs_credential.{name}"].document)
        (tmp_path / f"acs_credential.{name}.json").write_text(document)

    done = seamproof("sample", "--journey", "acs_credential", "--catalog", str(tmp_path))

    assert (done.status, done.stdout) == (2, "")
    assert "acs_credential.invalidated" in done.stderr


def test_what_a_journey_prints_validate_takes(seamproof: Run) -> None:
    """
    The output of `sample` is valid input of `validate`.
    """
    printed = seamproof("sample", "--journey", "device", "--seed", "1").stdout

    done = seamproof("validate", "-", stdin=printed)

    count = len(JOURNEYS["device"])
    assert (done.status, done.stdout) == (0, f"{count} events checked, all valid\n")


def test_samples_in_the_manner_of_recordings(seamproof: Run, tmp_path: Path) -> None:
    """
    Only recorded types and properties are sampled; what cannot be a model is reported.
    """
    one = Sampler(1).event("lock.locked", presence="required")
    (tmp_path / "a.json").write_text(json.dumps(one))
    (tmp_path / "b.json").write_text("{}")
    words = ["sample", "--like", str(tmp_path), "--seed", "1"]

    done = seamproof(*words, "--count", "3")
    wrong = seamproof(*words, "--presence", "all")

    sampled = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["event_type"], set(one)) for one in sampled] == [("lock.locked", set(one))] * 3
    assert "1 recorded event not used" in done.stderr
    assert (wrong.status, "--like decides" in wrong.stderr) == (2, True)
    assert seamproof(*words, "--count", "3").stdout == done.stdout


@pytest.mark.parametrize(
    ("event_type", "name"),
    [("device.low_battery", "battery_source"), ("lock.unlocked", "acs_user_id")],
)
def test_undocumented_properties_are_asked_for(seamproof: Run, event_type: str, name: str) -> None:
    """
    A property that is not, or no longer, documented is sampled on request, and valid anyway.
    """
    words = ("sample", event_type, "--seed", "1")
    (plain,) = events(seamproof(*words))
    asked = seamproof(*words, "--include-undocumented")
    (full,) = events(asked)

    assert name not in plain
    assert name in full
    assert seamproof("validate", "-", "--strict", stdin=asked.stdout).status == 0
