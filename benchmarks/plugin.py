"""
What the pytest plugin costs: those who do not use it, and those who do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import deque
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from faker import Faker
from standardwebhooks.webhooks import Webhook

import seamproof
from benchmarks.material import EVENT_TYPE, SEED, versioned
from benchmarks.measuring import Bound, Contestant, Figure, interleave, milliseconds
from benchmarks.sample import by_hand
from seamproof.events import Event, mint_message_id
from seamproof.pytest_plugin.fixtures.current_test import CurrentTest
from seamproof.pytest_plugin.fixtures.delivery import DeliveryFactory
from seamproof.pytest_plugin.fixtures.sample import Samples
from seamproof.schemas import catalog
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Rounds of whole processes, and deliveries made in a turn.
ROUNDS: Final = 31
CALLS: Final = 1000

_PLUGIN: Final = "seamproof"
_UNUSED: Final = "def test_nothing():\n    assert 1 + 1 == 2\n"
_ENTRY: Final = f"[pytest11]\n{_PLUGIN} = seamproof.pytest_plugin.register\n"
_WARM: Final = "all bytecode is there; the plugins of other packages are switched off in both"
_COLD: Final = "seamproof is compiled anew in each run, and would be rewritten, as pytest does"


def run() -> Iterator[Figure]:
    """
    Measure a suite of one trivial test, then the making of deliveries.
    """
    yield from _unused()
    yield _deliveries()


def _unused() -> Iterator[Figure]:
    with TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "test_nothing.py").write_text(_UNUSED, encoding="utf-8")
        contestants = []
        for name in ("warm", "cold"):
            settings = environment(install(root / name), bytecode=name == "warm")
            for without in ((), ("-p", f"no:{_PLUGIN}")):
                call = partial(suite, root, settings, *without)
                contestants.append(Contestant(f"{name} {bool(without)}", call))
        taken = interleave(contestants, rounds=ROUNDS, seconds=0, clock=time.perf_counter)
    for name, remark in (("warm", _WARM), ("cold", _COLD)):
        yield Figure(
            name=f"a suite that does not use it, {'with' if name == 'warm' else 'no'} bytecode",
            values=milliseconds(taken[f"{name} False"]),
            unit="ms",
            peer=f"{versioned('pytest')} -p no:{_PLUGIN}",
            peer_values=milliseconds(taken[f"{name} True"]),
            bound=Bound("at most", 15, on="excess"),
            remark=remark,
        )


def install(directory: Path) -> Path:
    """
    Copy the package to a directory as an installer does: with a record of its files.

    An installation that leads to a source tree has no such record, and pytest then looks
    for asserts in none of its modules.
    """
    source = Path(seamproof.__file__).parent
    ignored = shutil.ignore_patterns("__pycache__")
    package = Path(shutil.copytree(source, directory / source.name, ignore=ignored))
    facts = directory / f"{_PLUGIN}-{seamproof.__version__}.dist-info"
    facts.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {_PLUGIN}\nVersion: {seamproof.__version__}\n"
    (facts / "METADATA").write_text(metadata, encoding="utf-8")
    (facts / "entry_points.txt").write_text(_ENTRY, encoding="utf-8")
    files = [one.relative_to(directory) for one in sorted(package.rglob("*")) if one.is_file()]
    record = "".join(f"{one.as_posix()},,\n" for one in files)
    (facts / "RECORD").write_text(record, encoding="utf-8")
    return directory


def environment(installed: Path, *, bytecode: bool) -> dict[str, str]:
    """
    Make an environment that imports the copy, and keeps its bytecode or never does.
    """
    kept = {
        key: text
        for key, text in os.environ.items()
        if not key.startswith(("PYTEST_", "PYTHON")) or key == "PYTHONHOME"
    }
    known = {"PYTHONPATH": str(installed)}
    return kept | known | ({} if bytecode else {"PYTHONDONTWRITEBYTECODE": "1"})


def suite(root: Path, settings: Mapping[str, str], *more: str) -> None:
    """
    Run the suite in a process of its own.
    """
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *others(), *more]
    subprocess.run(
        [*words, "test_nothing.py"],
        cwd=root,
        env=dict(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def others() -> Iterator[str]:
    """
    Switch off the plugins of other packages, whose cost and its spread are not ours.
    """
    for distribution in distributions():
        for entry in distribution.entry_points:
            if entry.group == "pytest11" and entry.name != _PLUGIN:
                yield from ("-p", f"no:{entry.name}")


def _deliveries() -> Figure:
    secret = Secret.generate()
    samples = Samples(CurrentTest(None), catalog())
    make = DeliveryFactory(secret, samples, samples)
    fake = Faker("en_US")
    fake.seed_instance(SEED)
    peer = Webhook(secret.reveal())
    contestants = [
        Contestant("ours", partial(many, partial(make, EVENT_TYPE))),
        Contestant("peer", partial(many, partial(signed_by_hand, fake, peer))),
    ]
    taken = interleave(contestants, rounds=11, seconds=0)
    return Figure(
        name=f"{CALLS:,} deliveries by seam_delivery",
        values=milliseconds(taken["ours"]),
        unit="ms",
        peer=f"{versioned('standardwebhooks')} and faker",
        peer_values=milliseconds(taken["peer"]),
        bound=Bound("at most", 100, on="value"),
        remark=f"of {EVENT_TYPE}; the peer signs an event written by hand with Faker",
    )


def many(call: Any) -> None:  # noqa: ANN401 - whatever makes a delivery
    """
    Make as many deliveries as a turn has.
    """
    deque((call() for _ in range(CALLS)), maxlen=0)


def signed_by_hand(fake: Faker, webhook: Webhook) -> tuple[bytes, dict[str, str]]:
    """
    Make a delivery as one would with Faker and the library that verifies it.
    """
    body = Event.of(by_hand(fake)).body
    now = datetime.now(UTC)
    message_id = mint_message_id(now.timestamp())
    signature = webhook.sign(message_id, now, body.decode())
    stamp = str(int(now.timestamp()))
    return body, {
        "svix-id": message_id,
        "svix-timestamp": stamp,
        "svix-signature": signature,
        "content-type": "application/json",
    }
