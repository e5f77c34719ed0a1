"""
Tests of finding and opening what a target's text names.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from seamproof.checks.targets.open import open_target
from seamproof.errors import (
    RemoteTarget,
    SeamproofError,
    SecretInvalid,
    TargetUnreachable,
    UsageError,
)
from tests.checks.requests import SECRET, request, write

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
    import os

    SECRET = os.environ["SEAM_WEBHOOK_SECRET"]

    def handler(body, headers):
        return 204

    def reports(body, headers):
        return 200, SECRET[-4:] + os.environ["SEAM_WEBHOOK_SECRET"][-4:]

    class Views:
        handler = staticmethod(handler)
"""


@pytest.fixture(autouse=True)
def _no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEAM_WEBHOOK_SECRET", raising=False)


def test_a_function_by_its_name(tmp_path: Path) -> None:
    """
    A module is looked for in the directory given, and a name may lead into an object.
    """
    write(tmp_path, "shop", GOOD)

    for text in ("shop:handler", "shop:Views.handler"):
        with open_target(text, app_dir=tmp_path) as target:
            assert (target.name, target.kind) == (text, "function")
            assert target.send(request()).status == 204


def test_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    By default modules are looked for in the current directory, as uvicorn does it.
    """
    write(tmp_path, "shop", GOOD)
    monkeypatch.chdir(tmp_path)

    with open_target("shop:handler") as target:
        assert target.send(request()).status == 204


def test_the_secret_is_there_for_as_long_as_the_target(tmp_path: Path) -> None:
    """
    A handler finds the secret when it is imported and when it is called, and nobody after that.
    """
    write(tmp_path, "shop", GOOD)

    with open_target("shop:reports", app_dir=tmp_path, secret=SECRET) as target:
        assert target.secret == SECRET
        assert target.send(request()).body.decode() == SECRET.reveal()[-4:] * 2

    assert "SEAM_WEBHOOK_SECRET" not in os.environ
    assert "shop" not in sys.modules
    assert str(tmp_path) not in sys.path


def test_a_secret_is_made_if_there_is_none(tmp_path: Path) -> None:
    """
    Without a secret a target in this process gets a new one each time it is opened.
    """
    write(tmp_path, "shop", GOOD)
    seen = set()

    for _ in range(2):
        with open_target("shop:reports", app_dir=tmp_path) as target:
            assert target.send(request()).body.decode() == target.secret.reveal()[-4:] * 2
            seen.add(target.secret)

    assert len(seen) == 2


def test_the_secret_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A secret that stands in the environment is used, and stays there.
    """
    monkeypatch.setenv("SEAM_WEBHOOK_SECRET", SECRET.reveal())
    write(tmp_path, "shop", GOOD)

    with open_target("shop:handler", app_dir=tmp_path) as target:
        assert target.secret == SECRET

    assert os.environ["SEAM_WEBHOOK_SECRET"] == SECRET.reveal()


def test_two_targets_with_modules_of_one_name(tmp_path: Path) -> None:
    """
    A module of the last target is not used for the next one.
    """
    for name, status in (("one", 201), ("two", 202)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "settings_of_shop", f"STATUS = {status}")
        write(
            tmp_path / name,
            "shop",
            """
            from settings_of_shop import STATUS

            def handler(body, headers):
                return STATUS
            """,
        )

        with open_target("shop:handler", app_dir=tmp_path / name) as target:
            assert target.send(request()).status == status


BROKEN = {
    "raises": (
        "import json\n\n\ndef load():\n    json.loads('{')\n\n\nload()",
        "broken.py:5",
        "JSON",
    ),
    "syntax": ("x = 1\ny = (\n", "broken.py:2", "SyntaxError"),
    "exits": ("import sys\n\nsys.exit('no configuration')", "broken.py:3", "no configuration"),
    "missing": ("import no_such_thing", "broken.py:1", "no_such_thing"),
    "secret": (
        "import os\nraise ValueError(os.environ['SEAM_WEBHOOK_SECRET'])",
        "broken.py:2",
        "whsec_…",
    ),
}


@pytest.mark.parametrize(("text", "place", "message"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_imported(tmp_path: Path, text: str, place: str, message: str) -> None:
    """
    A failing import is reported with the innermost line of the user's own code, exit status 3.
    """
    (tmp_path / "broken.py").write_text(text, encoding="utf-8")

    with (
        pytest.raises(TargetUnreachable) as caught,
        open_target("broken:app", app_dir=tmp_path, secret=SECRET),
    ):
        pass

    assert (caught.value.where, caught.value.exit_status) == (place, 3)
    assert message in str(caught.value)
    assert SECRET.reveal() not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nowhere:app", "app_dir="),
        ("nowhere.sub:app", "no module nowhere"),
        ("shop:handlr", "did you mean handler"),
    ],
)
def test_what_is_not_there(tmp_path: Path, text: str, message: str) -> None:
    """
    A module or a name that does not exist is reported as such, with a suggestion.
    """
    write(tmp_path, "shop", GOOD)

    with (
        pytest.raises(TargetUnreachable) as caught,
        open_target(text, app_dir=tmp_path),
    ):
        pass

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shop", "shop:app"),
        ("shop.py:app", "shop:app"),
        ("./src/shop.py:app", "src.shop:app"),
        ("localhost:8000/webhooks", "http://localhost:8000/webhooks"),
        ("", "module:name"),
        ("shop:1", "http"),
        ("shop:a b", "a colon"),
        ("ftp://127.0.0.1/", "not a URL"),
    ],
)
def test_texts_that_name_nothing(text: str, message: str) -> None:
    """
    A text of neither form is a usage error that says what was likely meant.
    """
    with pytest.raises(UsageError) as caught, open_target(text, secret=SECRET):
        pass

    assert message in str(caught.value)


def test_a_url_needs_a_secret() -> None:
    """
    What is behind a URL has a secret already, so none can be made for it.
    """
    with pytest.raises(UsageError, match="secret"), open_target("http://127.0.0.1:9/"):
        pass


def test_a_url_stays_on_this_machine() -> None:
    """
    A URL that leads elsewhere is refused unless it is allowed.
    """
    with pytest.raises(RemoteTarget), open_target("http://192.0.2.1/", secret=SECRET):
        pass
    with open_target("http://192.0.2.1/", secret=SECRET, allow_remote=True) as target:
        assert target.kind == "url"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"path": "webhooks"}, UsageError),
        ({"app_dir": "no/such/directory"}, UsageError),
        ({"secret": "mySecret"}, SecretInvalid),
    ],
)
def test_options_that_cannot_be(options: dict[str, str], error: type[SeamproofError]) -> None:
    """
    An option that makes no sense is reported before anything is imported.
    """
    with pytest.raises(error), open_target("no_such:app", **options):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize(
    ("options", "message"),
    [({"kind": "asgi"}, "leave kind= out"), ({"path": "/other"}, "leave path= out")],
)
def test_options_that_a_url_has_not(options: dict[str, str], message: str) -> None:
    """
    What goes with applications only is not silently ignored.
    """
    url = "http://127.0.0.1:9/webhooks"
    with pytest.raises(UsageError) as caught:  # noqa: SIM117 - pytest.raises comes first
        with open_target(url, secret=SECRET, **options):  # type: ignore[arg-type]
            pass

    assert message in str(caught.value)


def test_what_is_no_application_is_not_made_one(tmp_path: Path) -> None:
    """
    `--as` says what a callable is; it does not make one of what is none.
    """
    write(tmp_path, "shop", "app = 3")

    with (
        pytest.raises(UsageError, match="called"),
        open_target("shop:app", app_dir=tmp_path, kind="wsgi"),
    ):
        pass
