"""
`seamproof lint`: what it prints, and which files it reads.
"""

from __future__ import annotations

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seamproof import Secret
from seamproof.lint.rules import RULE_OF, RULES

if TYPE_CHECKING:
    from tests.cli.runner import Run

ROOT = Path(__file__).parents[3]
WRONG = """import os
SECRET = os.environ["SEAM_WEBHOOK_SECRET"]
if event["event_type"] == "device.battery.low":
    pass
if event["event_type"] == "connected_account.successful_login":
    pass
"""
NO_SUCH_TYPE = "Seam sends no event of type 'device.battery.low'"
DEPRECATED = "connected_account.successful_login is deprecated"
#: A mistake without anything in its file that shows Seam.
UNSHOWN = 'if event["event_type"] == "device.battery.low":\n    pass\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A project with a handler that has an error and a warning.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    (tmp_path / "app").mkdir()
    (tmp_path / "app/hook.py").write_text(WRONG)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_findings_as_text(seamproof: Run) -> None:
    """
    File, line, column, severity, rule; then what is meant, where more is told, and the counts.
    """
    done = seamproof("lint", "app")

    assert done.status == 1
    assert done.stdout.splitlines() == [
        "app/hook.py:3:27 error unknown-event-type: " + NO_SUCH_TYPE,
        "  fix: did you mean device.low_battery?",
        "app/hook.py:5:27 warning deprecated-event-type: " + DEPRECATED,
        "why and how to fix: seamproof explain deprecated-event-type",
        "why and how to fix: seamproof explain unknown-event-type",
        "1 file read: 1 error, 1 warning",
    ]


@pytest.mark.usefixtures("project")
def test_findings_as_json(seamproof: Run) -> None:
    """
    With the severity of each, and the counts.
    """
    document = json.loads(seamproof("lint", ".", "--format", "json").stdout)

    assert document["summary"] == {"files": 1, "errors": 1, "warnings": 1, "suppressed": 0}
    assert document["skipped"] == []
    assert document["findings"][0] == {
        "path": "./app/hook.py",
        "line": 3,
        "column": 27,
        "rule": "unknown-event-type",
        "severity": "error",
        "message": NO_SUCH_TYPE,
        "fix": "did you mean device.low_battery?",
    }


@pytest.mark.usefixtures("project")
def test_findings_as_annotations(seamproof: Run) -> None:
    """
    At their lines, with paths in the repository; the counts go to standard error.
    """
    done = seamproof("lint", ".", "--format", "github")

    error, warning = done.stdout.splitlines()
    assert error.startswith("::error file=app/hook.py,line=3,col=27,title=unknown-event-type::")
    assert error.endswith("%0Afix: did you mean device.low_battery?")
    assert warning.startswith("::warning file=app/hook.py,line=5,")
    assert done.stderr == "1 file read: 1 error, 1 warning\n"


@pytest.mark.usefixtures("project")
def test_findings_as_sarif(seamproof: Run) -> None:
    """
    A result each, at its place, with its rule and a fingerprint that does not have the line.
    """
    first = json.loads(seamproof("lint", ".", "--format", "sarif").stdout)
    hook = Path("app/hook.py")
    hook.write_text("# moved down\n" + hook.read_text())
    second = json.loads(seamproof("lint", ".", "--format", "sarif").stdout)

    (run,) = first["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(RULE_OF)
    error = run["results"][0]
    assert (error["ruleId"], error["level"]) == ("unknown-event-type", "error")
    assert run["tool"]["driver"]["rules"][error["ruleIndex"]]["id"] == error["ruleId"]
    place = error["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "app/hook.py"
    assert place["region"] == {"startLine": 3, "startColumn": 27}
    prints = [
        [one["partialFingerprints"] for one in doc["runs"][0]["results"]] for doc in (first, second)
    ]
    assert prints[0] == prints[1]
    assert len({str(one) for one in prints[0]}) == 2


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--ignore", "unknown-event-type"), 0),
        (("--ignore", "unknown-event-type", "--fail-on", "warning"), 1),
        (("--select", "deprecated-event-type"), 0),
        (("--select", "unknown-header", "--fail-on", "warning"), 0),
        (("--select", "unknown-header,unknown-event-type"), 1),
    ],
)
def test_what_fails(seamproof: Run, words: tuple[str, ...], status: int) -> None:
    """
    Errors; `--fail-on`, `--select` and `--ignore` decide otherwise.
    """
    assert seamproof("lint", ".", *words).status == status


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("nowhere",), "nowhere: there is no such file or directory"),
        ((".", "--select", "unknown-event"), "did you mean unknown-event-type"),
        ((".", "--ignore", "x"), "there is no such rule"),
    ],
)
def test_a_wrong_argument(seamproof: Run, words: tuple[str, ...], text: str) -> None:
    """
    It is an error in the usage.
    """
    done = seamproof("lint", *words)

    assert done.status == 2
    assert text in done.stderr


@pytest.mark.parametrize(
    "comment",
    [
        'if t == "x":  # seamproof: ignore[unknown-event-type]\n',
        '# seamproof: ignore[unknown-header, unknown-event-type]\nif t == "x":\n    pass\n',
    ],
)
def test_a_comment_suppresses(seamproof: Run, project: Path, comment: str) -> None:
    """
    In its line, or in the next one if it is alone; suppressed findings are counted.
    """
    text = comment.replace('if t == "x":', 'if event["event_type"] == "device.battery.low":')
    (project / "app/hook.py").write_text("import seam\n" + text + "    pass\n")

    done = seamproof("lint", ".")

    assert (done.status, done.stdout) == (0, "1 file read: no findings, 1 suppressed\n")


@pytest.mark.parametrize(
    "comment", ["# seamproof: ignore[unknown-header]", "# seamproof: ignore", "# noqa"]
)
def test_another_comment_does_not(seamproof: Run, project: Path, comment: str) -> None:
    """
    The rule has to be in the brackets.
    """
    line = f'if event["event_type"] == "device.battery.low":  {comment}\n    pass\n'
    (project / "app/hook.py").write_text("import seam\n" + line)

    assert seamproof("lint", ".").status == 1


def test_files_that_are_left_out(seamproof: Run, project: Path) -> None:
    """
    Those of others, hidden ones, other languages; each file is read once.
    """
    for name in ("node_modules/x/a.py", ".venv/a.py", "dist/a.py", "vendor/a.py", "app/a.txt"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(WRONG)
    (project / "app/link.py").symlink_to(project / "app/hook.py")
    (project / "app/loop").symlink_to(project / "app")

    done = seamproof("lint", ".", "app", "app/hook.py", "app/a.txt")

    assert done.stdout.splitlines()[-1] == "1 file read: 1 error, 1 warning"


def test_what_git_ignores_is_left_out(seamproof: Run, project: Path) -> None:
    """
    Files that are not committed yet are read.
    """
    subprocess.run(["git", "init", "-q", "."], check=True, cwd=project)  # noqa: S607 - of the path
    (project / ".gitignore").write_text("generated/\n")
    (project / "generated").mkdir()
    (project / "generated/a.py").write_text(WRONG)

    assert "1 file read" in seamproof("lint", ".").stdout
    assert "1 file read" in seamproof("lint", "generated").stdout


def test_files_that_cannot_be_read(seamproof: Run, project: Path) -> None:
    """
    A file that is binary, huge, minified or forbidden is counted, and the others are read.
    """
    (project / "binary.py").write_bytes(b"\0\1\2" + WRONG.encode())
    (project / "huge.py").write_bytes(WRONG.encode() * 20_000)
    (project / "minified.js").write_text(
        "/* SEAM_X */" + "x();" * 3000 + "if(e.event_type==='lock.x'){}"
    )
    (project / "broken.py").symlink_to(project / "nowhere")

    done = seamproof("lint", ".")

    assert done.stdout.splitlines()[-1] == "1 file read: 1 error, 1 warning, 3 files not read"
    report = json.loads(seamproof("lint", ".", "--format", "json").stdout)
    assert [one["path"] for one in report["skipped"]] == [
        "./binary.py",
        "./huge.py",
        "./minified.js",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        WRONG.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + WRONG.encode(),
        "# é\n".encode("latin-1") + WRONG.encode(),
        WRONG.encode("utf-16"),
        WRONG.encode() + b'x = "\xff\xfe',
        WRONG.encode() + b'"""never closed\n',
        WRONG.encode() + b"(((((((]]]]]]}}}\n" * 500,
    ],
    ids=["crlf", "mark", "latin-1", "utf-16", "bytes", "unclosed", "brackets"],
)
def test_sources_in_odd_forms(seamproof: Run, project: Path, raw: bytes) -> None:
    """
    The mistake is found in each encoding, and before whatever follows.
    """
    (project / "app/hook.py").write_bytes(raw)

    done = seamproof("lint", ".")

    assert "unknown-event-type" in done.stdout
    assert done.stderr == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_forbidden_file(seamproof: Run, project: Path) -> None:
    """
    It is counted, without a traceback.
    """
    (project / "app/hook.py").chmod(0)

    assert "1 file not read" in seamproof("lint", ".").stdout


def test_a_file_that_does_not_show_seam(seamproof: Run, project: Path) -> None:
    """
    It is compared only if its project does: by its manifest, or by another file.
    """
    (project / "app/hook.py").write_text(UNSHOWN)
    assert seamproof("lint", ".").status == 0

    (project / "package.json").write_text('{"dependencies": {"seam": "1"}}')
    assert seamproof("lint", ".").status == 1
    assert seamproof("lint", "app/hook.py").status == 1

    (project / "package.json").write_text('{"dependencies": {"seamless": "1"}}')
    assert seamproof("lint", ".").status == 0

    (project / "client.py").write_text("from seam import Seam\n")
    assert seamproof("lint", ".").status == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("if event['event_type'] == 'device.battery.low': pass", 1),
        ("if event['type'] == 'device.battery.low': pass", 1),
        ("if event['event_type'] == 'device.enrolled': pass", 0),
        ("if event['type'] in ('user.created', 'user.deleted'): pass", 0),
    ],
)
def test_a_file_that_shows_svix_alone(
    seamproof: Run, project: Path, code: str, status: int
) -> None:
    """
    Other vendors deliver with Svix as well: only what resembles a type of Seam's is reported.
    """
    (project / "app/hook.py").write_text(f"from svix.webhooks import Webhook\n{code}\n")

    assert seamproof("lint", ".").status == status


def test_an_event_type_that_the_project_makes_itself(seamproof: Run, project: Path) -> None:
    """
    It is no mistake to wait for it; what only a test makes does not count.
    """
    hook = "import seam\nif event['event_type'] == 'lock.opened':\n    pass\n"
    (project / "app/hook.py").write_text(hook)
    (project / "tests").mkdir()
    (project / "tests/test_hook.py").write_text("post({'event_type': 'lock.opened'})\n")
    (project / "pyproject.toml").write_text("")
    assert seamproof("lint", ".").status == 1

    (project / "app/store.py").write_text("save(event_type='lock.opened')\n")
    assert seamproof("lint", ".").status == 0


@pytest.mark.parametrize(
    "suffix", [".py", ".ts", ".php", ".rb", ".go", ".java", ".kt", ".cs", ".ex"]
)
def test_a_secret_is_found_and_not_printed(seamproof: Run, project: Path, suffix: str) -> None:
    """
    In a literal or in a comment.
    """
    secret = Secret.generate().reveal()
    (project / "app/hook.py").unlink()
    head = "<?php\n" if suffix == ".php" else ""
    (project / f"app/hook{suffix}").write_text(f'{head}key = "{secret}"\n')

    done = seamproof("lint", ".", "--format", "text")

    assert "error committed-secret: a signing secret (whsec_…)" in done.stdout
    assert secret.removeprefix("whsec_")[:8] not in done.stdout + done.stderr
    assert done.status == 1


@pytest.mark.parametrize(
    "text",
    [
        "whsec_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "whsec_your_secret_here",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "whsec_" + "A" * 32,
        "whsec_abc",
        "whsec_...",
    ],
)
def test_a_placeholder_is_no_secret(seamproof: Run, project: Path, text: str) -> None:
    """
    Examples, short texts, keys that are text or numbers in a row.
    """
    (project / "app/hook.py").write_text(f'SEAM_SECRET = "{text}"\n')

    assert seamproof("lint", ".").status == 0


def test_a_secret_of_a_test_is_none(seamproof: Run, project: Path) -> None:
    """
    Nothing that is real is signed with it.
    """
    (project / "app/hook.py").unlink()
    (project / "tests").mkdir()
    (project / "tests/test_hook.py").write_text(f'SECRET = "{Secret.generate().reveal()}"\n')

    assert seamproof("lint", ".").status == 0


def test_a_directory_of_tests_that_is_given_is_read_as_any(seamproof: Run, project: Path) -> None:
    """
    Whether a file is a test is decided by its path within the directory that is given.
    """
    (project / "app/hook.py").unlink()
    (project / "tests").mkdir()
    (project / "tests/hook.py").write_text(f'SECRET = "{Secret.generate().reveal()}"\n')

    assert seamproof("lint", ".").status == 0
    assert seamproof("lint", "tests").status == 1
    assert seamproof("lint", "tests/hook.py").status == 1


def test_a_test_may_name_a_type_that_does_not_exist(seamproof: Run, project: Path) -> None:
    """
    In what it sends, lists or registers; what is compared is a mistake in a test as well.
    """
    (project / "app/hook.py").unlink()
    (project / "tests").mkdir()
    test = project / "tests/test_hook.py"
    test.write_text('import seam\nEVENT_TYPES = ["device.battery.low"]\n')
    assert seamproof("lint", ".").status == 0

    test.write_text('import seam\nassert event["event_type"] == "device.battery.low"\n')
    assert seamproof("lint", ".").status == 1


def test_options_of_the_project(seamproof: Run, project: Path) -> None:
    """
    The paths and options of the configuration; those of other commands do not count.
    """
    (project / "seamproof.toml").write_text(
        'select = ["signature.*"]\n[lint]\npaths = ["app"]\nignore = ["unknown-event-type"]\n'
        'fail-on = "warning"\n'
    )

    done = seamproof("lint")

    assert (done.status, done.stdout.splitlines()[-1]) == (1, "1 file read: 0 errors, 1 warning")


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.id)
def test_every_rule_is_explained(seamproof: Run, rule: object) -> None:
    """
    By the command, and by a section of the page.
    """
    name = rule.id  # type: ignore[attr-defined]
    done = seamproof("explain", name)

    assert done.status == 0
    assert done.stdout.startswith(f"{name} · {RULE_OF[name].severity}\n")
    assert f"\n## {name}\n" in (ROOT / "docs/lint.md").read_text(encoding="utf-8")


def test_the_examples_and_the_sdk_have_no_finding(seamproof: Run) -> None:
    """
    What is right is not reported, and what is installed is read where it is named.
    """
    spec = find_spec("seam")
    assert spec is not None
    assert spec.submodule_search_locations is not None

    done = seamproof("lint", str(ROOT / "examples"), *spec.submodule_search_locations)

    assert (done.status, done.stdout.partition(": ")[2]) == (0, "no findings\n")
    assert int(done.stdout.split()[0]) > 50


def test_a_directory_without_sources_proves_nothing(seamproof: Run, tmp_path: Path) -> None:
    """
    The path may be mistaken.
    """
    (tmp_path / "README.md").write_text("device.battery.low", "utf-8")

    done = seamproof("lint", str(tmp_path))

    assert done.status == 2
    assert "there is no source in it" in done.stderr
    assert ".py" in done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_read(seamproof: Run, tmp_path: Path) -> None:
    """
    Nobody may ever write into it.
    """
    os.mkfifo(tmp_path / "hook.py")

    done = seamproof("lint", str(tmp_path), "--format", "json")

    assert json.loads(done.stdout)["skipped"][0]["reason"] == "it is no regular file"
    assert done.status == 0
