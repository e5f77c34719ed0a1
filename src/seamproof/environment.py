"""
The environment variables that are read, and what they hold where no option says otherwise.
"""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from seamproof.errors import OPTION, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from seamproof.schemas import Catalogue
    from seamproof.signing import Secret

#: Where handlers expect the signing secret; during a rotation several, the current one first.
SECRET_VARIABLE: Final = "SEAM_WEBHOOK_SECRET"  # noqa: S105 - a variable's name, not a secret
#: A directory of schemas that takes the place of the built-in ones.
CATALOG_VARIABLE: Final = "SEAMPROOF_CATALOG"
#: The URL of a mock server, and its API key.
SERVER_VARIABLE: Final = "SEAMPROOF_SERVER"
API_KEY_VARIABLE: Final = "SEAMPROOF_API_KEY"
#: Where handlers, and Seam's SDKs, look for the URL of Seam's API.
ENDPOINT_VARIABLE: Final = "SEAM_ENDPOINT"


class SecretWarning(UserWarning):
    """
    The environment has a secret that a handler may read in another way.
    """


def read_secrets(given: Sequence[str] = ()) -> tuple[Secret, ...]:
    """
    Read the secrets that are given, or else those of the environment; there may be none.

    Raises:
        SecretInvalid: One is not of the right form.
    """
    from seamproof.signing import Secret

    return tuple(Secret(text) for text in given or _secret_texts(SECRET_VARIABLE))


def read_secret(given: str | None = None, variable: str = SECRET_VARIABLE) -> Secret | None:
    """
    Read the secret that is given, or else the current one of the environment, if there is one.

    Raises:
        SecretInvalid: It is not of the right form.
    """
    from seamproof.signing import Secret

    texts = [given] if given is not None else _secret_texts(variable)
    return Secret(texts[0]) if texts else None


def _secret_texts(variable: str) -> list[str]:
    """
    Split a variable at white space, and warn of white space around its text.
    """
    text = os.environ.get(variable, "")
    texts = text.split()
    if texts and text != text.strip():
        message = (
            f"{variable} has white space around the secret, which a handler gets as it stands; "
            "requests are signed without it"
        )
        warnings.warn(message, SecretWarning, stacklevel=3)
    return texts


def unknown_secret(variable: str = SECRET_VARIABLE, *, where: str = "") -> UsageError:
    """
    Make the error of a URL without the secret of the handler behind it.

    Args:
        variable: The variable that may hold it.
        where: The URL.
    """
    what = "the secret of the handler behind the URL is not known"
    cure = f"give {OPTION}, or set the environment variable {variable}"
    return UsageError(what, where=where, cure=cure, option="secret")


@contextmanager
def secret_in_environment(secret: Secret, variable: str = SECRET_VARIABLE) -> Iterator[None]:
    """
    Set an environment variable to a secret; afterwards it has its former value again.

    Where the variable has the secret already, it is left as it stands, with white space around it.
    """
    before = os.environ.get(variable)
    if before is None or before.strip() != secret.reveal():
        os.environ[variable] = secret.reveal()
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = before


def read_catalogue(directory: str | Path | None = None) -> Catalogue:
    """
    Read the schemas of a directory, or else of the environment's, or else the built-in ones.

    Raises:
        CatalogueInvalid: The directory holds no usable schema.
    """
    from seamproof.schemas import catalog, load_catalog

    chosen = directory or os.environ.get(CATALOG_VARIABLE)
    return load_catalog(chosen) if chosen else catalog()
