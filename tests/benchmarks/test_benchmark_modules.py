"""
The benchmarks themselves, each contestant called once and no time told.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks.webhooks import Webhook

from benchmarks.material import EVENT_TYPE, valid_event
from benchmarks.measuring import NotInstalled
from seamproof import Secret, verify
from seamproof.schemas import catalog, is_valid, violations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.measuring import Contestant, Figure

PEERS = {
    "validate": ["jsonschema", "fastjsonschema", "pydantic"],
    "explain": ["jsonschema"],
    "generate": ["hypothesis", "schemathesis"],
    "sample": ["faker", "faker"],
    "startup": ["python", "python"],
    "catalog": ["catalogue"],
    "deliver": ["aiohttp", "httpx"],
    "scale": ["20", "20", "20"],
    "slow_neighbour": ["nine"],
    "plugin": ["pytest", "pytest", "standardwebhooks"],
    "lint": ["pygments,"],
}

#: How many messages the benchmarks of the server make do with here.
FEW = {
    "generate": {"EXAMPLES": 10},
    "deliver": {"_MESSAGES": 20, "_FEWER": 10},
    "scale": {"_FEW": 20, "_MANY": 60, "_MORE": 10},
    "slow_neighbour": {"_MESSAGES": 5},
    "plugin": {"CALLS": 10},
    "lint": {"FILES": 40},
}

#: What else has to be installed.
NEEDS = {
    "validate": ["fastjsonschema", "pydantic"],
    "generate": ["schemathesis"],
    "check": ["schemathesis"],
}


def call_once(contestants: Sequence[Contestant], **_: object) -> dict[str, tuple[float, ...]]:
    """
    Call each contestant, and say that each took a hundredth of a second.
    """
    for one in contestants:
        one.call()
    return {one.name: (0.01,) for one in contestants}


def benchmark(name: str) -> Any:
    """
    Import a benchmark whose peers are installed.
    """
    for peer in NEEDS.get(name, ()):
        pytest.importorskip(peer)
    return import_module(f"benchmarks.{name}")


#: Those that start processes or servers.
SLOW = {"deliver", "lint", "plugin", "scale", "slow_neighbour"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.slow if one in SLOW else ()) for one in PEERS],
)
def test_figures(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Each benchmark runs through, compares itself with its peers, and promises something.
    """
    module = benchmark(name)
    monkeypatch.setattr(module, "interleave", call_once)
    for constant, value in FEW.get(name, {}).items():
        monkeypatch.setattr(module, constant, value)
    figures: list[Figure] = list(module.run())
    assert [one.peer.split()[0] for one in figures] == PEERS[name]
    assert any(one.bound for one in figures)
    assert all(one.ratio == 1 for one in figures if one.unit != "MB")


@pytest.mark.slow
def test_a_bug_is_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    From each seed the planted bug is reduced to the two fields that it needs.
    """
    shrink = benchmark("shrink")
    monkeypatch.setattr(shrink, "SEEDS", 3)

    calls, reduced = shrink.run()

    assert [one.peer.split()[0] for one in (calls, reduced)] == ["hypothesis"] * 2
    assert len(calls.values) == len(calls.peer_values) == 3
    assert reduced.met


@pytest.mark.slow
def test_the_battery_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The battery runs on a handler beside its peer, and both on a handler with a bug.
    """
    check = benchmark("check")
    few = [one for one in check.zoo() if one.check == "signature.stale"][:1]
    settings = check.decided
    monkeypatch.setattr(check, "ROUNDS", 1)
    monkeypatch.setattr(check, "CASES", 2)
    monkeypatch.setattr(check, "DELAYS", (0,))
    monkeypatch.setattr(check, "zoo", lambda: iter(few))
    monkeypatch.setattr(check, "decided", lambda **own: settings(**own, events="device.low*"))

    figures: list[Figure] = list(check.run())

    assert [one.peer.split()[0] for one in figures] == ["schemathesis"] * 4
    assert (figures[-1].value, figures[-1].peer_value) == (1, 0)


def test_validators_agree() -> None:
    """
    Every validator takes the valid event and refuses one whose UUID is none.
    """
    validate = benchmark("validate")
    event = valid_event()
    for check in validate.checks().values():
        assert not validate.refuses(check, event)
        assert validate.refuses(check, event | {"acs_system_id": "front-door"})


def test_the_model_is_the_event() -> None:
    """
    The model written for pydantic has the event's properties, and asks for the same ones.
    """
    fields = benchmark("validate").AcsCredentialIssued.model_fields
    schema = catalog()[EVENT_TYPE]
    assert set(fields) == set(schema.properties)
    assert {name for name, one in fields.items() if one.is_required()} == set(schema.required)


def test_the_invalid_event() -> None:
    """
    The event to be explained has the three mistakes that it is said to have.
    """
    found = violations(benchmark("explain").invalid_event())
    assert [one.rule for one in found] == ["format", "type", "required"]


def test_by_hand() -> None:
    """
    What Faker writes by hand is a valid event with the same properties as the sample.
    """
    faker = pytest.importorskip("faker")
    event = benchmark("sample").by_hand(faker.Faker())
    assert is_valid(event)
    assert set(event) == set(valid_event())


def test_no_console_script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    An environment without the console script is told, with where it was looked for.
    """
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(NotInstalled, match="no console script seamproof in"):
        benchmark("startup").script()


def test_bytecode_is_written_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The processes keep their bytecode in the directory given, even where none is wanted.
    """
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    settings = benchmark("startup").environment("somewhere")
    assert "PYTHONDONTWRITEBYTECODE" not in settings
    assert settings["PYTHONPYCACHEPREFIX"] == "somewhere"
    assert os.environ["PYTHONDONTWRITEBYTECODE"] == "1"


def test_the_plugin_is_measured_as_installed(tmp_path: Path) -> None:
    """
    The copy that suites run with is found by pytest, with a record of every module.
    """
    plugin = benchmark("plugin")
    installed = plugin.install(tmp_path / "site")

    (found,) = distributions(path=[str(installed)])

    assert [one.group for one in found.entry_points] == ["pytest11"]
    recorded = {str(one) for one in found.files or ()}
    assert {"seamproof/__init__.py", "seamproof/pytest_plugin/__init__.py"} <= recorded
    assert not [one for one in recorded if "__pycache__" in one]


def test_a_delivery_by_hand_is_genuine() -> None:
    """
    What the peer of the plugin makes is as good as what the plugin makes.
    """
    faker = pytest.importorskip("faker")
    secret = Secret.generate()

    webhook = Webhook(secret.reveal())
    body, headers = benchmark("plugin").signed_by_hand(faker.Faker(), webhook)

    assert verify(body, headers, secret, now=int(headers["svix-timestamp"]))


@pytest.mark.slow
def test_the_memory_of_the_accounting_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A ledger of every message is read and compared, in a process of its own.
    """
    load = benchmark("load")
    monkeypatch.setattr(load, "MESSAGES", 1000)

    assert load.memory().met
