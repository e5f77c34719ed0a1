"""
The page of a connect webview, which a browser opens without an API key.
"""

from __future__ import annotations

import httpx

from seamproof.mock_server import MockServer


def test_a_browser_is_led_back_after_the_login() -> None:
    """
    The page waits for the login, and redirects with the id of the webview.
    """
    with MockServer(clock="manual", seed=1) as server:
        url = "https://app.example.com/back?step=2"
        given = {"custom_redirect_url": url, "accepted_providers": ["yale"]}
        made = server.world.call("/connect_webviews/create", **given)["connect_webview"]
        pending = httpx.get(made["url"], headers={"sec-fetch-site": "cross-site"})
        assert pending.status_code == 200
        assert 'http-equiv="refresh"' in pending.text
        server.advance("1s")
        back = httpx.get(made["url"])
        assert back.status_code == 302
        expected = f"{url}&connect_webview_id={made['connect_webview_id']}"
        assert back.headers["location"] == expected
        assert httpx.get(f"{server.url}/connect_webviews/view").status_code == 404


def test_a_publishable_key_gets_a_client_session() -> None:
    """
    A browser authenticates by the header of Seam's SDK.
    """
    with MockServer() as server:
        path = f"{server.url}/client_sessions/get_or_create"
        given = {"user_identifier_key": "ada"}
        answer = httpx.post(path, json=given, headers={"seam-publishable-key": "seam_pk_1"})
        assert answer.status_code == 200
        assert (
            httpx.post(path, json=given, headers={"seam-publishable-key": "x"}).status_code == 401
        )
