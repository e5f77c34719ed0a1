"""
The command line as a whole: help, exit statuses, interruption, colour.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import Mock

import click
import pytest

from seamproof import __version__
from seamproof.cli.root import COMMANDS, root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.runner import Run

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MAIN = [sys.executable, "-c", "from seamproof.cli import main; main()"]
#: The variables that decide on colour.
ASKING = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "COLORTERM")
#: The codes for colours, as bold and underlined are none.
COLOUR = re.compile(r"\x1b\[([\d;]*;)?(3|4|9|10)\d(;[\d;]*)?m")


def commands(group: click.Group = root, *path: str) -> Iterator[tuple[str, ...]]:
    """
    List every command and subcommand, by its words.
    """
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


def environment(**variables: str) -> dict[str, str]:
    """
    Make an environment without the variables that decide on colour, and with the given ones.
    """
    kept = {name: text for name, text in os.environ.items() if name not in ASKING}
    return {**kept, "TERM": "xterm-256color", **variables}


def test_the_version_is_told(seamproof: Run) -> None:
    """
    `seamproof --version` prints name and version.
    """
    done = seamproof("--version")

    assert (done.status, done.stdout, done.stderr) == (0, f"seamproof {__version__}\n", "")


def test_the_package_is_run_as_a_module() -> None:
    """
    `python -m seamproof` is the command, under its usual name.
    """
    words = [sys.executable, "-m", "seamproof", "--help"]
    done = subprocess.run(words, capture_output=True, check=False, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: seamproof [OPTIONS] COMMAND")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command(seamproof: Run, option: str) -> None:
    """
    The help of the root lists all commands and the exit statuses.
    """
    done = seamproof(option)

    assert done.status == 0
    assert re.findall(r"^  (\w+)  +[A-Z]", done.stdout, re.MULTILINE) == list(COMMANDS)
    assert "Exit status: 0 all well" in done.stdout


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_the_help_of_every_command_has_an_example(seamproof: Run, words: tuple[str, ...]) -> None:
    """
    The help describes the command and shows an example.
    """
    done = seamproof(*words, "--help")

    assert done.status == 0
    _, _, example = done.stdout.partition("Example:\n")
    assert example.strip().startswith(f"seamproof {' '.join(words)}")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["emitt"], "emitt"),
        (["--verbose"], "--verbose"),
        (["sample"], "PATTERN"),
        (["sample", "*", "--count", "-1"], "--count"),
        (["sample", "*", "--presence", "some"], "--presence"),
        (["sign", "--timestamp", "now"], "--timestamp"),
        (["emit", "*"], "--to"),
        (["schemas", "lisst"], "lisst"),
    ],
)
def test_a_slip_in_the_command_is_named(seamproof: Run, words: list[str], expected: str) -> None:
    """
    Unknown words end the command with status 2 before anything is done.
    """
    done = seamproof(*words)

    assert (done.status, done.stdout) == (2, "")
    assert expected in done.stderr


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["chek", "app:app"], "check"),
        (["schemas", "lisst"], "list"),
        (["clock", "advanc"], "advance"),
        (["check", "app:app", "--stat", "app:state"], "--state"),
        (["check", "app:app", "--select", "signature.stal"], "signature.stale"),
        (["explain", "signature.stal"], "signature.stale"),
        (["trigger", "lock.locked", "--fault", "stal"], "stale"),
        (["sample", "--journey", "acess_code"], "access_code"),
        (["sample", "lock.unlock"], "lock.unlocked"),
    ],
)
def test_the_nearest_name_is_suggested(seamproof: Run, words: list[str], meant: str) -> None:
    """
    A mistyped command, option, check, fault, journey or event type gets the nearest name.
    """
    done = seamproof(*words)

    assert done.status == 2
    # For several options that resemble it, click says "Possible options" up to 8.3.
    suggestion = rf"(?i)(did you mean|possible options:) [^\n]*{re.escape(meant)}"
    assert re.search(suggestion, done.stderr)


@pytest.mark.parametrize("words", [(), ("schemas",)])
def test_no_summary_is_cut_off(seamproof: Run, words: tuple[str, ...]) -> None:
    """
    The help of a group shows the whole summary of each command.
    """
    shown = " ".join(seamproof(*words, "--help").stdout.split())

    assert "..." not in shown.replace("[ARGS]...", "")
    for path in commands(root):
        if path[: len(words)] == words and len(path) == len(words) + 1:
            help_text = seamproof(*path, "--help").stdout
            summary = " ".join(help_text.partition("\n\n")[2].partition("\n\n")[0].split())
            assert f" {path[-1]} {summary.rstrip('.').split('. ')[0]}" in shown


BASH = shutil.which("bash")
#: Defines what bash does on the tab key, and does it.
TAB = """
eval "$(_SEAMPROOF_COMPLETE=bash_source seamproof)"
COMP_WORDS=(seamproof sample lock.un) COMP_CWORD=2
_seamproof_completion seamproof
echo "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
def test_bash_completes_with_the_line_of_the_page(tmp_path: Path) -> None:
    """
    The line that the page gives defines a completion, which a real bash runs.
    """
    script = tmp_path / "seamproof"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(MAIN)} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    variables = environment(PATH=os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    words = [str(BASH), "--noprofile", "--norc", "-c", TAB]

    done = subprocess.run(words, capture_output=True, check=False, env=variables, text=True)

    assert (done.stderr, done.stdout.split()) == ("", ["lock.unlocked"])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("seamproof ch", {"check", "checks"}),
        ("seamproof sample lock.un", {"lock.unlocked"}),
        ("seamproof emit --fault sta", {"stale"}),
        ("seamproof explain signature.rot", {"signature.rotation_first"}),
        ("seamproof check app:app --ignore delivery.out", {"delivery.out_of_order"}),
        ("seamproof trigger --journey acc", {"access_code", "access_grant"}),
        ("seamproof replay signature.", {"signature.stale-0123abcd"}),
    ],
)
def test_a_shell_completes_names(tmp_path: Path, line: str, expected: set[str]) -> None:
    """
    Bash gets the commands and names that begin with the word before the cursor.
    """
    (tmp_path / ".seamproof" / "cases").mkdir(parents=True)
    (tmp_path / ".seamproof" / "cases" / "signature.stale-0123abcd.json").write_text("{}")
    asked = {
        "_SEAMPROOF_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
    }
    done = subprocess.run(
        MAIN, capture_output=True, check=False, cwd=tmp_path, env=environment(**asked), text=True
    )

    assert done.stderr == ""
    assert expected <= {one.removeprefix("plain,") for one in done.stdout.split()}


def test_an_unexpected_error_is_two_lines(seamproof: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An error that nobody foresaw is reported in two lines with the version, and status 70.
    """
    failing = Mock(side_effect=RuntimeError("no\nluck"))
    monkeypatch.setattr("seamproof.cli.commands.events.sample.sample_events", failing)

    done = seamproof("sample", "lock.locked")

    assert (done.status, done.stdout) == (70, "")
    first, second = done.stderr.splitlines()
    assert first == f"seamproof {__version__}: unexpected RuntimeError: no\\nluck"
    assert "--traceback" in second
    with pytest.raises(RuntimeError, match="luck"):
        seamproof("--traceback", "sample", "lock.locked")


def test_without_a_command_there_is_help(seamproof: Run) -> None:
    """
    `seamproof` alone shows where to start.
    """
    done = seamproof()

    assert done.status == 2
    assert "Start here:" in done.stdout + done.stderr


def test_an_error_is_told_on_standard_error(seamproof: Run) -> None:
    """
    The error and the cure are on standard error, without a traceback.
    """
    done = seamproof("sample", "acs_credental.*")

    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith("seamproof: no event type is called 'acs_credental.*'\n")
    assert "cure: did you mean acs_credential." in done.stderr


BAD_SECRETS = [
    "mySecret",
    "whsec_c2hvcnQga2V5",
    "whsec_!MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    SECRET[6:],
]
TAKING_SECRETS = {
    "sign": ["sign"],
    "verify": ["verify", "--header", "svix-id: msg_1"],
    "emit": ["emit", "acs_credential.issued", "--to", "http://127.0.0.1:1/"],
    "check": ["check", "http://127.0.0.1:1/"],
}  # fmt: skip


@pytest.mark.parametrize("words", TAKING_SECRETS.values(), ids=TAKING_SECRETS)
@pytest.mark.parametrize("given", ["option", "variable"])
@pytest.mark.parametrize("secret", BAD_SECRETS)
def test_a_malformed_secret_is_refused_and_never_printed(
    seamproof: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], given: str, secret: str
) -> None:
    """
    A secret with a typing error is almost a secret, so no output shows it.
    """
    if given == "variable":
        monkeypatch.setenv("SEAM_WEBHOOK_SECRET", secret)
    option = ["--secret", secret] if given == "option" else []

    done = seamproof(*words, *option)

    assert (done.status, done.stdout) == (2, "")
    assert "24 to 75 bytes" in done.stderr
    assert secret.removeprefix("whsec_") not in done.stderr


@pytest.mark.parametrize("words", TAKING_SECRETS.values(), ids=TAKING_SECRETS)
def test_an_absent_secret_is_asked_for(seamproof: Run, words: list[str]) -> None:
    """
    The error names the option and the variable.
    """
    done = seamproof(*words)

    assert (done.status, done.stdout) == (2, "")
    assert "--secret" in done.stderr
    assert "SEAM_WEBHOOK_SECRET" in done.stderr


@contextmanager
def endless_sample() -> Iterator[subprocess.Popen[str]]:
    """
    Run a command that has printed its first line and goes on.
    """
    with subprocess.Popen(
        [*MAIN, "sample", "*", "--count", "100000000", "--seed", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("{")
        yield process


@pytest.mark.parametrize(
    ("name", "status", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_signal_ends_a_command_quietly(name: signal.Signals, status: int, word: str) -> None:
    """
    Ctrl-C and SIGTERM end with their status and one word on standard error, without a traceback.
    """
    with endless_sample() as process:
        process.send_signal(name)
        _, stderr = process.communicate(timeout=120)

    assert (process.returncode, stderr.split()) == (status, [word])


def test_an_interruption_while_a_command_is_loaded() -> None:
    """
    Ctrl-C during the imports shows no traceback.
    """
    interrupting = (
        "import signal, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'seamproof.cli.root': signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from seamproof.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", interrupting], capture_output=True, check=False, text=True
    )

    assert (done.returncode, done.stderr.split()) == (130, ["interrupted"])


def test_a_reader_that_goes_away_is_no_failure() -> None:
    """
    `seamproof sample '*' | head -1` says nothing of the pipe that `head` has closed.
    """
    with endless_sample() as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        stderr = process.stderr.read()
        process.wait(timeout=120)

    assert (process.returncode, stderr) == (0, "")


def test_the_verdict_counts_though_the_reader_goes_away(tmp_path: Path) -> None:
    """
    `seamproof validate bad.json | head -1` still ends with status 1.
    """
    file = tmp_path / "bad.json"
    events = [{"event_type": "no.such", "event_id": str(n)} for n in range(2_000)]
    file.write_text(json.dumps(events), encoding="utf-8")
    words = [*MAIN, "validate", str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        stderr = process.stderr.read()
        process.wait(timeout=120)

    assert (process.returncode, stderr) == (1, b"")


COLOURED = {
    "demo": ["demo"],
    "emit": ["emit", "acs_credential.issued", "--to", "http://127.0.0.1:1/", "--secret", SECRET],
    "verify": ["verify", os.devnull, "--secret", SECRET],
    "checks": ["checks"],
}


def at_a_terminal(words: list[str], **variables: str) -> str:
    """
    Run a command whose standard output is a terminal.
    """
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    ours, its = pty.openpty()
    with subprocess.Popen(
        [*MAIN, *words], stdout=its, stderr=subprocess.DEVNULL, env=environment(**variables)
    ):
        os.close(its)
        shown = b""
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:
            pass  # Linux says so when the other side is closed
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, id=name, marks=pytest.mark.slow if name == "demo" else ())
        for name, words in COLOURED.items()
    ],
)
def test_a_terminal_is_shown_colour_unless_it_wants_none(words: list[str]) -> None:
    """
    NO_COLOR (https://no-color.org) switches the colours off.
    """
    shown, plain = at_a_terminal(words), at_a_terminal(words, NO_COLOR="1")

    assert COLOUR.search(shown)
    assert not COLOUR.search(plain)


@pytest.mark.parametrize("words", COLOURED.values(), ids=COLOURED)
@pytest.mark.parametrize("variable", ["FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE"])
def test_a_pipe_gets_no_colour_codes(
    seamproof: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], variable: str
) -> None:
    """
    Output to a file or another program is plain text, even if colour is forced.
    """
    for name in ASKING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "1")

    done = seamproof(*words)

    assert done.stdout
    assert "\x1b" not in done.stdout


def test_white_space_around_the_secret_is_reported_in_one_line(
    seamproof: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The warning names the variable, and shows neither the secret nor a line of code.
    """
    monkeypatch.setenv("SEAM_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        done = seamproof("sign", "-", stdin="{}")

    assert done.status == 0
    assert done.stderr.startswith("warning: SEAM_WEBHOOK_SECRET has white space around")
    assert done.stderr.count("\n") == 1
    assert "MfKQ" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["sample", "lock.locked", "http://me:hunter2@host/"],
        ["emit", "lock.locked", "--to", "http://me:hunter2@[::1"],
        ["check", "http://me:hunter2@127.0.0.1:99999/"],
        ["check", "app:app", "--report", "http://me:hunter2@host/"],
        ["messages", "--limit", "http://me:hunter2@host/"],
        ["http://me:hunter2@host/"],
        ["emit", "lock.locked", "--to", f"http://127.0.0.1:9/{SECRET}", "--catalog", SECRET],
        ["validate", SECRET],
        ["explain", SECRET],
        ["check", "app:app", "--rate", SECRET, "--secret", SECRET],
    ],
    ids=lambda words: words[0],
)
def test_no_error_shows_a_password_or_a_secret(words: list[str], seamproof: Run) -> None:
    """
    Whichever argument repeats what was given.
    """
    done = seamproof(*words)

    assert done.status in (2, 3)
    assert "hunter2" not in done.stderr
    assert SECRET not in done.stderr


@pytest.mark.parametrize(
    "line",
    [f'secret = ["{SECRET}", 1]', f'port = "{SECRET}"', f"{SECRET} = 1", f'db = ["{SECRET}"]'],
)
def test_an_error_of_the_configuration_shows_no_secret(
    line: str, seamproof: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Neither in a value nor in a name.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seamproof.toml").write_text(f"[serve]\n{line}\n", encoding="utf-8")
    done = seamproof("serve")

    assert done.status == 2
    assert SECRET not in done.stderr
