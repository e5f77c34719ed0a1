"""
Tests of how URLs are shown without what is secret in them.
"""

from __future__ import annotations

import pytest

from seamproof.urls import (
    hide_credentials,
    hide_secrets,
    is_url,
    without_credentials,
    without_password,
)


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("http://user:pass@127.0.0.1:8000/hook", "http://user:…@127.0.0.1:8000/hook"),
        ("http://user@127.0.0.1/", "http://user@127.0.0.1/"),
        ("http://127.0.0.1/a@b:c", "http://127.0.0.1/a@b:c"),
        ("app:handler", "app:handler"),
        ("http://[::1", "http://[::1"),
        ("http://user:pass@[::1", "http://…@[::1"),
    ],
)
def test_the_password_of_a_url_is_a_secret(target: str, shown: str) -> None:
    """
    The rest of the URL stays as it is.
    """
    assert without_password(target) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pass@127.0.0.1:8000/hook", "http://127.0.0.1:8000/hook"),
        ("http://user@127.0.0.1/", "http://127.0.0.1/"),
        ("http://127.0.0.1/a@b", "http://127.0.0.1/a@b"),
        ("http://user:pass@[::1", "http://…@[::1"),
    ],
)
def test_credentials_are_left_out_of_a_url(url: str, shown: str) -> None:
    """
    Neither the name nor the password is shown.
    """
    assert without_credentials(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:pa/ss@host/", "http://…@host/"),
        ("user:pass@host", "…@host"),
        ("http://host/", "http://host/"),
    ],
)
def test_whatever_may_be_a_password_is_hidden(text: str, shown: str) -> None:
    """
    All before the last at sign, also in what is not a URL.
    """
    assert hide_credentials(text) == shown


def test_a_url_has_a_scheme() -> None:
    """
    A name of an object in a module has none, and an object is no text.
    """
    assert is_url("http://127.0.0.1:8000/hook")
    assert not any(map(is_url, ("app:handler", "", None, print)))


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no http://me:hunter2@host/a here", "no http://…@host/a here"),
        ("http://me:hun/ter2@host", "http://…@host"),
        ("http://a:b@c and https://d:e@f", "http://…@c and https://…@f"),
        ("http://[::1]:80/@x", "http://[::1]:80/@x"),
        ("http://localhost:80/@x", "http://localhost:80/@x"),
        (f"found: ['{SECRET}']", "found: ['whsec_…']"),
        ("whsec_ and base64", "whsec_ and base64"),
        ("me@example.com", "me@example.com"),
    ],
)
def test_secrets_are_hidden_in_any_text(text: str, shown: str) -> None:
    """
    Those of all its URLs, and signing secrets.
    """
    assert hide_secrets(text) == shown
