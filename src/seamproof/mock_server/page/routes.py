"""
Routes of the page: `/`, and its files under `/page`.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

#: The content types of the files, by the ends of their names.
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
)
#: Only files of this server are loaded, nothing in the page's text runs, nobody frames it.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cache-control": "no-cache",
        "content-security-policy": _POLICY,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
)


@lru_cache(maxsize=1)
def page_files() -> Mapping[str, bytes]:
    """
    Read the files of the page, by name.
    """
    folder = files(__package__) / "files"
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


def is_page(path: str) -> bool:
    """
    Whether a path is that of the page or of one of its files.
    """
    return path == "/" or path.startswith("/page/")


async def _serve(request: Request) -> Response:
    name = request.path_params.get("name", "index.html")
    content = page_files().get(name)
    if content is None:
        raise HTTPException(404)
    kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    return Response(content, headers=_HEADERS, media_type=kind)


ROUTES: Final = [
    Route("/", _serve, methods=["GET"]),
    Route("/page/{name}", _serve, methods=["GET"]),
]
