"""
The command line over a corpus of bad values and files: no traceback, and a status of the table.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import pytest

from seamproof.cli.root import root
from seamproof.errors import EXIT_STATUSES
from tests.cli.runner import Done, run
from tests.load.commands import load_each

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: Nothing listens there.
NOBODY: Final = "http://127.0.0.1:9/"
HANDLER: Final = "def handler(body, headers):\n    return 400\n\ndef state():\n    return {}\n"

VALUES: Final = [
    *("", " ", "nan", "inf", "-inf", "-1", "1e999", "9" * 5000, "\udce9", "\ud800", "\x1b[31m"),
    *("a" * 100_000, "[" * 100_000, '{"a":' * 20_000, "://", "a:b", ":", "..", "/dev/null", "*"),
    *("http://[::1]@", "http://[::1", "http://" + "a" * 300 + "/", "http://127.0.0.1:99999/"),
    *("http://" + ".".join(["a" * 60] * 5), "http://xn--a/", "http://\udce9/", "ftp://a", "="),
    *("a=", "a.b=[1", "a=" + "[" * 50_000, "a=" + "9" * 5000, "a=\udce9", "x@y", "drop:nan"),
    *("duplicate:share=nan", "duplicate:count=" + "9" * 5000, "9" * 400 + "d", "nan s", "1e400s"),
    *("200-" + "9" * 5000, "whsec_", "whsec_" + "a" * 5000, "/nonexistent/x/y", "١", "{}"),
]

#: The words that a command needs besides the option that is tested.
NEEDED: Final = {
    "check": ["app:handler", "--select", "signature.stale", "--secret", SECRET],
    "clock": ["1h", "--server", NOBODY],
    "emit": ["lock.locked", "--to", NOBODY, "--secret", SECRET],
    "explain": ["signature.stale"],
    "import": ["-"],
    "load": [NOBODY, "--secret", SECRET],
    "messages": ["--server", NOBODY],
    "replay": ["nothing"],
    "resend": ["msg_1", "--server", NOBODY],
    "sample": ["lock.locked"],
    "sign": ["-", "--secret", SECRET],
    "trigger": ["lock.locked", "--server", NOBODY],
    "validate": ["-"],
    "verify": ["-", "--secret", SECRET],
}
#: A value that is valid starts a server, which does not end, or waits for another process.
ENDLESS: Final = {("serve", "port"), ("listen", "port"), ("load", "workers"), ("load", "master")}


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """
    Go through the names of the commands that do something.
    """
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, (*path, name))


def parameters(path: tuple[str, ...]) -> Iterator[click.Parameter]:
    """
    Go through the parameters of a command that have a value.
    """
    command: click.Command = root
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    for parameter in command.params:
        is_flag = isinstance(parameter, click.Option) and parameter.is_flag
        if not is_flag and (path[0], parameter.name) not in ENDLESS:
            yield parameter


def assert_orderly(done: Done, words: list[str]) -> None:
    """
    Assert that a command ended with a status of the table, and a message that can be read.
    """
    shown = [one[:80] for one in words]
    assert done.status in EXIT_STATUSES, shown
    assert done.status != 70, (shown, done.stderr[:2000])
    assert "Traceback" not in done.stderr, shown
    assert len(done.stderr) < 20_000, shown


def run_each(monkeypatch: pytest.MonkeyPatch, lines: list[list[str]]) -> Iterator[Done]:
    """
    Run the lines of a command; Locust replaces parts of the standard library, in another process.
    """
    if lines and lines[0][0] == "load":
        yield from load_each(*(words[1:] for words in lines), stdin="{}")
    else:
        yield from (run(monkeypatch, *words, stdin="{}") for words in lines)


def is_argument(value: str) -> bool:
    """
    Whether the system can hand a value to a process.
    """
    try:
        return b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Work in an empty directory with a handler.
    """
    (tmp_path / "app.py").write_text(HANDLER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.mark.parametrize("path", [*commands(root)], ids=" ".join)
def test_bad_values_are_usage_errors(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Each value of the corpus, for each option and argument of a command.
    """
    with socket.create_server(("127.0.0.1", 0)) as used:
        # A port in use ends a server whose options are accepted.
        port = ["--port", str(used.getsockname()[1])]
        servers = {"serve": [*port, "--db", ":memory:"], "listen": port}
        needed = {**NEEDED, **servers}.get(path[0], [])
        # A check and a load are run with each value that they accept: each option gets some of the
        # values.
        step = 9 if path in {("check",), ("load",)} else 1
        lines = []
        for number, parameter in enumerate(parameters(path)):
            for value in VALUES[number % step :: step]:
                if isinstance(parameter, click.Option):
                    words = [*path, *needed, f"{parameter.opts[-1]}={value}"]
                elif value == "..":
                    continue  # everything in the directory above, whatever that is
                else:
                    words = [*path, *needed[1:], "--", value]
                if is_argument(value) or path != ("load",):
                    lines.append(words)
        for done, words in zip(run_each(monkeypatch, lines), lines, strict=True):
            assert_orderly(done, words)


FILES: Final = {
    "empty": b"",
    "not UTF-8": b"\xff\xfe\x00",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "nul": b"\x00" * 1000,
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and closed": b"[" * 400 + b"]" * 400,
    "long number": b"9" * 5000,
    "nan": b'{"a": NaN, "event_type": Infinity}',
    "surrogate": b'{"event_type": "\\ud800", "\\udfff": 1}',
    "not an object": b"[[], 1, null]",
    "cut off": b'{"event_type": "lock.loc',
    "wrong types": b'{"format": [], "version": {}, "entries": 1, "cases": "x", "event_type": 1}',
    "toml": b'[check]\nquick = "maybe"\n[serve\n',
    "long name": b'{"' + b"a" * 300_000 + b'": 1}',
}
READERS: Final = {
    "validate": ["validate", "FILE"],
    "verify": ["verify", "FILE", "--secret", SECRET],
    "sign": ["sign", "FILE", "--secret", SECRET],
    "emit": ["emit", "FILE", "--to", NOBODY, "--secret", SECRET],
    "emit event": ["emit", "--event", "FILE", "--to", NOBODY, "--secret", SECRET],
    "replay": ["replay", "FILE"],
    "baseline": [*("check", "app:handler", "--select", "signature.stale"), "--baseline", "FILE"],
    "schemas": ["schemas", "diff", "FILE", "FILE"],
    "check-docs": ["schemas", "check-docs", "FILE"],
    "catalog": ["sample", "lock.locked", "--catalog", "."],
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_bad_files_are_reported(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Each file of the corpus, for each command that reads one, and as the configuration.
    """
    file = Path("bad.json")
    file.write_bytes(content)
    for words in READERS.values():
        given = [str(file) if one == "FILE" else one for one in words]
        assert_orderly(run(monkeypatch, *given, stdin=content), given)
    Path("seamproof.toml").write_bytes(content)
    assert_orderly(run(monkeypatch, *READERS["baseline"][:4]), ["seamproof.toml"])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="it is on Linux only")  # noqa: PTH110
@pytest.mark.parametrize("style", ["json", "junit", "html"])
def test_a_full_disk_names_the_file(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The report is printed before it is written.
    """
    words = [*READERS["baseline"][:4], "--report", f"{style}=/dev/full"]
    done = run(monkeypatch, *words)
    assert_orderly(done, words)
    assert done.status == 2
    assert "/dev/full" in done.stderr
    assert "signature.stale" in done.stdout
