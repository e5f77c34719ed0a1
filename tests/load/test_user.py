"""
Tests of `SeamUser` in locustfiles that run in processes of their own, as users run them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import pytest

from tests.load.receiver import SECRET, Receiver, running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    find_spec("locust") is None, reason="the extra `load` is not installed"
)

LOCUST: Final = (sys.executable, "-m", "locust")
ONE_RUN: Final = """
import sys
from importlib.util import find_spec

import gevent
from locust import events
from locust.exception import StopUser
from seamproof.load import SeamUser


class User(SeamUser):
    secret = "{secret}"
    seed = 7
    mix = {mix}


@events.request.add_listener
def stop(**_):
    done.append(1)
    if len(done) == {count}:
        gevent.spawn(environments[0].runner.quit)
    if len(done) >= {count}:
        raise StopUser


done = []
environments = []


@events.init.add_listener
def init(environment, **_):
    environments.append(environment)
"""


def locust(directory: Path, url: str, *words: str, text: str) -> subprocess.CompletedProcess[str]:
    """
    Run a locustfile until it ends.
    """
    (directory / "locustfile.py").write_text(text)
    command = [
        *LOCUST,
        "--headless",
        "--only-summary",
        "--host",
        url,
        *words,
    ]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=directory, timeout=120, check=False
    )


def requests(directory: Path) -> dict[str, int]:
    """
    Read how many requests Locust counted, by name.
    """
    entries = json.loads((directory / "out.json").read_text())
    return {one["name"]: one["num_requests"] for one in entries}


def one_run(mix: object, count: int = 100) -> str:
    """
    Write a locustfile that ends after about so many requests.
    """
    return ONE_RUN.format(secret=SECRET, mix=mix, count=count)


def test_events_are_signed_mixed_and_reproducible(tmp_path: Path) -> None:
    """
    A handler that verifies accepts all; a second run sends the same; statistics are by type.
    """
    text = one_run({"types": {"lock.unlocked": 1, "device.connected": 1}})
    seen = []
    for _ in range(2):
        with running(Receiver()) as receiver:
            done = locust(tmp_path, receiver.url, "-u", "1", "--json-file", "out", text=text)
        assert done.returncode == 0, done.stderr
        assert receiver.refused == []
        seen.append([body for _, body in receiver.received][:100])

    assert len(seen[0]) == 100
    assert seen[0] == seen[1]
    assert {*requests(tmp_path)} == {"lock.unlocked", "device.connected"}


def test_a_response_other_than_2xx_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    """
    Redirects are not followed, and the reason is Seam's.
    """
    statuses = [301, 500, 204, 404]
    with running(Receiver(status=lambda ordinal: statuses[ordinal % 4])) as receiver:
        done = locust(tmp_path, receiver.url, "-u", "1", text=one_run({}, 40))
    failures = re.sub(r"\s+", " ", done.stderr)

    assert done.returncode == 1, done.stderr
    for status, reason in {301: "", 500: "the handler fails", 404: "nothing is at this"}.items():
        assert f"answered {status}, expected 200-299" in failures
        assert reason in failures
    assert len(receiver.received) >= 40


def test_copies_are_sent_as_the_mix_says(tmp_path: Path) -> None:
    """
    A duplicate is the same request again; a redelivery has the same id and body.
    """
    mix = {"types": {"lock.*": 1}, "duplicates": "20%", "redeliveries": "20%"}
    with running(Receiver()) as receiver:
        done = locust(tmp_path, receiver.url, "-u", "2", text=one_run(mix, 300))
    ids = [message for message, _ in receiver.received]

    assert done.returncode == 0, done.stderr
    assert len(ids) * 0.6 < len({*ids}) < len(ids) * 0.85
    assert len({*receiver.received}) == len({*ids})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('host = "http://192.0.2.1"', "the target is not on this machine"),
        pytest.param(
            'secret = "abc"', "a signing secret begins with whsec_", marks=pytest.mark.slow
        ),
        pytest.param('mix = {"type": {}}', "a mix has no", marks=pytest.mark.slow),
        ('mix = "none.toml"', "the mix cannot be read"),
    ],
)
def test_what_cannot_be_sent_ends_the_run(change: str, message: str, tmp_path: Path) -> None:
    """
    The message of Locust's log is ours; nothing is sent.
    """
    head = "from seamproof.load import SeamUser\n\n\nclass User(SeamUser):\n"
    text = f'{head}    secret = "{SECRET}"\n    {change}\n'
    (tmp_path / "locustfile.py").write_text(text)
    command = [
        *LOCUST,
        "--headless",
        "-u",
        "1",
        *([] if "host" in change else ["-H", "http://127.0.0.1:9"]),
    ]
    done = subprocess.run(
        [*command, "-t", "60s"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )

    assert message in done.stderr
    assert done.returncode == 2


def test_own_tasks_take_the_place_of_ours(tmp_path: Path) -> None:
    """
    A task of the subclass delivers what it likes; ours is not run beside it.
    """
    text = one_run({"types": {"lock.locked": 1}}, 20) + (
        "\n\nfrom locust import task\n\n\nclass Own(User):\n    @task\n    def own(self):\n"
        "        message = self.next_message()\n"
        "        assert self.deliver(message).status == 204\n"
        '        self.send_event("own", b"{}", "msg_own")\n\n\nUser.abstract = True\n'
    )
    with running(Receiver()) as receiver:
        done = locust(tmp_path, receiver.url, "-u", "1", "--json-file", "out", text=text)

    assert done.returncode == 0, done.stderr
    sent = requests(tmp_path)
    assert {*sent} == {"lock.locked", "own"}
    assert abs(sent["own"] - sent["lock.locked"]) <= 1


def test_the_package_leaves_the_standard_library_alone() -> None:
    """
    Only the import of `SeamUser` replaces parts of it, as Locust does.
    """
    code = (
        "import json, sys, socket, seamproof, seamproof.load\n"
        "from seamproof.load import Mix\n"
        "before = 'gevent' in sys.modules\n"
        "from seamproof.load import SeamUser\n"
        "from gevent import monkey\n"
        "print(json.dumps([before, monkey.is_module_patched('socket')]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )

    assert json.loads(done.stdout) == [False, True]


def test_a_missing_locust_is_named_with_its_install_command() -> None:
    """
    Importing `SeamUser` without the extra is an ImportError that says what to install.
    """
    code = (
        "import sys\n"
        "sys.modules['locust'] = None\n"
        "try:\n    from seamproof.load import SeamUser\n"
        "except ImportError as problem:\n    print(problem)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )

    assert "pip install 'locust>=2.47'" in done.stdout
