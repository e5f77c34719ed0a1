"""
Tests of where events may go.
"""

from __future__ import annotations

import pytest

from seamproof.errors import RemoteTarget, UsageError
from seamproof.mock_server import check_target

#: Stands in for the system's name service.
ADDRESSES = {
    "localhost": ["127.0.0.1", "::1"],
    "handler.test": ["127.0.0.1"],
    "example.com": ["192.0.2.7"],
    "two-faced.test": ["127.0.0.1", "192.0.2.7"],
    "unknown.test": [],
}


def check(url: str, *, allow_remote: bool = False) -> str:
    """
    Check a target with the names of these tests.
    """
    return check_target(url, allow_remote=allow_remote, resolve=ADDRESSES.__getitem__)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/webhooks/seam",
        "http://127.8.9.10/",
        "http://[::1]:8000/",
        "http://localhost:8000",
        "https://localhost",
        "HTTP://LOCALHOST/",
        "http://handler.test/",
        "http://user:password@127.0.0.1/",
        "http://[::ffff:127.0.0.1]:8000/",
    ],
)
def test_this_machine_is_always_allowed(url: str) -> None:
    """
    A loopback address, or a name that has no other, is passed on as it is.
    """
    assert check(url) == url


REMOTE = [
    "http://192.0.2.7/",
    "http://0.0.0.0:8000/",
    "http://[2001:db8::1]/",
    "http://10.0.0.1/",
    "https://example.com/webhooks/seam",
    "http://two-faced.test/",
    "http://unknown.test/",
]


@pytest.mark.parametrize("url", REMOTE)
def test_another_machine_is_refused(url: str) -> None:
    """
    No event leaves for another machine by accident, nor where one address of a name is remote.
    """
    with pytest.raises(RemoteTarget) as caught:
        check(url)

    assert "allow_remote=" in str(caught.value)
    assert caught.value.where in url


@pytest.mark.parametrize("url", REMOTE)
def test_another_machine_can_be_allowed(url: str) -> None:
    """
    Whoever says so may send anywhere.
    """
    assert check(url, allow_remote=True) == url


@pytest.mark.parametrize("allow_remote", [False, True])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "//x",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http:///x",
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1\\@evil.example/",
        "http://xn--/",
        "http://a b/",
        " http://127.0.0.1/",
    ],
)
def test_what_is_no_url_is_refused(url: str, allow_remote: bool) -> None:
    """
    A target that nothing can be posted to is a mistake, wherever it would be.
    """
    with pytest.raises(UsageError, match="the target is not a URL"):
        check(url, allow_remote=allow_remote)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_names_are_looked_up_as_the_system_does(name: str) -> None:
    """
    By default the name service of the system resolves names.
    """
    assert check_target(f"http://{name}:8000/") == f"http://{name}:8000/"


@pytest.mark.parametrize("host", ["seamproof.invalid", "a..b", "a" * 64 + ".test"])
def test_a_name_that_cannot_be_looked_up_is_refused(host: str) -> None:
    """
    A name without an address is not on this machine, also one that is no name at all.
    """
    with pytest.raises((RemoteTarget, UsageError)):
        check_target(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://bob:sec/ret@127.0.0.1/",
        "http://bob:sec/r@et@127.0.0.1/",
        "http://bob:sec#ret@127.0.0.1/",
        "ftp://bob:secret@127.0.0.1/",
        "bob:secret@127.0.0.1",
        "http://bob:secret@127.0.0.1\\@evil.example/",
    ],
)
def test_a_password_is_not_shown(url: str) -> None:
    """
    What may be a password is hidden, wherever it stands in what is no URL.
    """
    with pytest.raises(UsageError) as caught:
        check(url)

    assert not any(part in str(caught.value) for part in ("bob", "sec", "ret"))
