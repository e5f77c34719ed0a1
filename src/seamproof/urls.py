"""
URLs of webhooks: the default path, and how URLs are shown without what is secret in them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from typing import TypeGuard

#: The path of the webhook in an application, if no option says otherwise.
DEFAULT_PATH: Final = "/webhooks/seam"
#: A webhook in an application on this machine, as messages and help show it.
EXAMPLE_URL: Final = f"http://127.0.0.1:8000{DEFAULT_PATH}"

#: A name and a password, which may have slashes, as libraries read some URLs; no host and port.
_USER: Final = re.compile(r"//(?!\[)[^\s@:/]*:(?![0-9]+/)[^\s@]*@")
_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/_-]{8,}={0,2}")


def is_url(target: object) -> TypeGuard[str]:
    """
    Whether something is a URL, not `module:name` or an object.
    """
    return isinstance(target, str) and "://" in target


def without_credentials(url: str) -> str:
    """
    Leave the user's name and password out of a URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return hide_credentials(url)
    if "@" not in parts.netloc:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def without_password(target: str) -> str:
    """
    Put `…` in place of the password of a URL; a text without `@` stays as it is.
    """
    try:
        parts = urlsplit(target)
        password = parts.password
    except ValueError:
        return hide_credentials(target)
    if not password:
        return target
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:…@{host}").geturl()


def hide_secrets(text: str) -> str:
    """
    Put `…` in place of the passwords of all URLs and of all signing secrets in a text.
    """
    return _SECRET.sub("whsec_…", _USER.sub("//…@", text))


def hide_credentials(text: str) -> str:
    """
    Put `…` in place of what may be a name and password in a text that may not be a URL.
    """
    before, at, after = text.rpartition("@")
    scheme, slashes, _ = before.partition("//")
    return f"{scheme if slashes else ''}{slashes}…@{after}" if at else text
