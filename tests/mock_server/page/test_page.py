"""
The page of the mock server in a real browser: each view and action, hostile payloads, bursts.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from seamproof import MockServer
from tests.browser import PATIENCE, browser, inaccessible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLACES = ("messages", "trigger", "endpoints", "clock", "catalogue")
#: What would run if the page took a text for markup.
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"


class Handler(BaseHTTPRequestHandler):
    """
    A handler whose answer the test decides.
    """

    status = 204

    def do_POST(self) -> None:
        """
        Answer with the status of the class.
        """
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(type(self).status)
        self.send_header("retry-after", "7")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """
        Say nothing.
        """


@pytest.fixture(scope="module")
def handler() -> Iterator[str]:
    """
    The URL of a running handler.
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/webhooks/seam"
        server.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """
    One browser for the module.
    """
    with browser() as running:
        yield running


@pytest.fixture
def server() -> Iterator[MockServer]:
    """
    A server of its own for each test, whose clock is advanced by hand.
    """
    Handler.status = 204
    with MockServer(clock="manual", jitter=0, secret=SECRET) as running:
        yield running


@contextmanager
def opened(chromium: Any, server: MockServer, fragment: str = "", **options: Any) -> Iterator[Any]:
    """
    Open a view, and demand that the browser reports no error.
    """
    context = chromium.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.goto(f"{server.url}/{fragment}")
    page.wait_for_selector("main .view h1")
    try:
        yield page
        assert errors == []
    finally:
        context.close()


def wait_for_text(page: Any, selector: str, text: str) -> None:
    """
    Wait until an element has a text.
    """
    page.locator(selector, has_text=text).first.wait_for()


def test_messages_arrive_while_the_list_is_open(
    chromium: Any, server: MockServer, handler: str
) -> None:
    """
    An empty list says what to do; a message appears, fails, and is resent from the list.
    """
    with opened(chromium, server) as page:
        wait_for_text(page, ".empty", "Nobody listens")
        server.register(handler)
        Handler.status = 500
        server.emit("lock.unlocked")
        wait_for_text(page, "tr[data-id]", "lock.unlocked")
        wait_for_text(page, "tr[data-id]", "1 of 8")
        wait_for_text(page, "tr[data-id]", "in 7 s")
        Handler.status = 204
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.get_by_role("button", name="Resend 1 message").click()
        wait_for_text(page, "#notice", "Resent 1 message")
        page.keyboard.press("n")
        wait_for_text(page, "tr[data-id] .badge", "delivered")


def test_filters_are_in_the_address(chromium: Any, server: MockServer) -> None:
    """
    A filter changes the address, and the address shows the filtered list again.
    """
    server.emit("lock.*")
    server.emit("device.connected", overrides={"device_id": "11111111-1111-4111-8111-111111111111"})
    with opened(chromium, server) as page:
        page.get_by_label("Event type").fill("lock.*")
        page.keyboard.press("Enter")
        page.wait_for_url("**event_type=lock.**")
        page.locator("tr[data-id]", has_text="device.connected").wait_for(state="detached")
        page.get_by_label("Event type").fill("")
        page.get_by_label("Text in the body").fill("11111111-1111")
        page.keyboard.press("Enter")
        page.wait_for_url("**text=11111111**")
        page.locator("tr[data-id]", has_text="lock.locked").wait_for(state="detached")
        address = page.url
    with opened(
        chromium, server, address.partition("/#")[2] and "#" + address.partition("#")[2]
    ) as page:
        assert page.locator("tr[data-id]").count() == 1


def test_a_message_is_explained(chromium: Any, server: MockServer, handler: str) -> None:
    """
    Violations stand at their place, attempts on the schedule, verdicts and differences beside.
    """
    Handler.status = 500
    server.register(handler)
    server.emit(event={"event_type": "lock.unlocked", "event_id": 7, "note": HOSTILE})
    server.wait_idle()
    Handler.status = 503
    server.advance(8)
    (message,) = server.messages
    with opened(chromium, server, f"#/messages/{message.message.message_id}") as page:
        wait_for_text(page, "h1", "lock.unlocked")
        wait_for_text(page, ".line.wrong", '"event_id": 7')
        wait_for_text(page, ".line.wrong", "/workspace_id is missing")
        assert page.locator(".timeline .failed").count() == 2
        assert page.locator(".timeline .coming").count() == 6
        wait_for_text(page, ".timeline", "↷7")
        page.locator("summary").nth(1).click()
        wait_for_text(page, "details[open]", "The signature is genuine.")
        wait_for_text(page, "details[open] .differences", "503")
        wait_for_text(page, "details[open] pre", "svix-signature")
        assert page.title() != "hacked"
        assert page.locator("main img, main script").count() == 0


def test_a_time_out_is_marked(chromium: Any) -> None:
    """
    An attempt without an answer has a bar as long as the time-out.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with MockServer(clock="manual", jitter=0, timeout=0.2) as server:
            server.register(f"http://127.0.0.1:{port}/")
            server.emit("lock.unlocked")
            server.wait_idle()
            (message,) = server.messages
            with opened(chromium, server, f"#/messages/{message.message.message_id}") as page:
                page.locator(".timeline .failed .timeout").wait_for()
                wait_for_text(page, ".delivery", "time-out")


def test_from_a_failure_to_a_test_in_three_clicks(
    chromium: Any, server: MockServer, handler: str, tmp_path: Path
) -> None:
    """
    Message, save, done: the file fails as the handler did, and passes once that is mended.
    """
    Handler.status = 500
    server.register(handler)
    server.emit("lock.unlocked")
    server.wait_idle()
    with opened(chromium, server) as page:
        page.get_by_role("link", name="lock.unlocked").click()
        with page.expect_download() as coming:
            page.get_by_role("button", name="Save as pytest").click()
        coming.value.save_as(tmp_path / coming.value.suggested_filename)
    statuses = []
    for status in (500, 204):
        Handler.status = status
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
            cwd=tmp_path,
            env={**os.environ, "SEAM_WEBHOOK_SECRET": SECRET},
            capture_output=True,
            check=False,
            text=True,
        )
        statuses.append(done.returncode)

    assert [one.name for one in tmp_path.glob("test_*.py")] == ["test_lock_unlocked.py"]
    assert statuses == [1, 0]


def test_an_event_is_made_in_the_form(chromium: Any, server: MockServer, handler: str) -> None:
    """
    The form and the JSON change each other; what is sent is what the JSON says.
    """
    server.register(handler)
    with opened(chromium, server, "#/trigger?type=lock.unlocked") as page:
        wait_for_text(page, ".problems", "Fits the contract.")
        page.get_by_label("method", exact=True).select_option("manual")
        page.get_by_label("device_id", exact=True).fill("front-door")
        wait_for_text(page, ".problems", "/device_id")
        page.get_by_label("device_id", exact=True).fill("11111111-1111-4111-8111-111111111111")
        wait_for_text(page, ".problems", "Fits the contract.")
        page.get_by_role("button", name="Send", exact=True).click()
        wait_for_text(page, ".answer", "204")
    (message,) = server.messages
    payload = json.loads(message.message.body)
    assert (payload["method"], payload["device_id"][:4]) == ("manual", "1111")


def test_endpoints_are_changed(chromium: Any, server: MockServer, handler: str) -> None:
    """
    Register, disable, enable, replay what is missing, remove.
    """
    server.emit("lock.locked")
    with opened(chromium, server, "#/endpoints") as page:
        page.get_by_role("textbox", name="URL").fill(handler)
        page.get_by_role("button", name="Register").click()
        wait_for_text(page, ".card .badge", "enabled")
        page.get_by_role("button", name="Replay missing").click()
        wait_for_text(page, "#notice", "1 message sent again")
        page.get_by_role("button", name="Disable").click()
        wait_for_text(page, ".card .badge", "disabled by hand")
        page.get_by_role("button", name="Enable").click()
        wait_for_text(page, ".card .badge", "enabled")
        page.get_by_role("button", name="Rotate secret").click()
        wait_for_text(page, ".card", "signed with 2 secrets")
        page.get_by_role("button", name="Remove").click()
        wait_for_text(page, ".empty", "No endpoint yet")
    (message,) = server.messages
    assert message.status == "delivered"


def test_the_clock_is_advanced(chromium: Any, server: MockServer, handler: str) -> None:
    """
    To the next attempt, by a duration, to the end of the schedule; the list says what that did.
    """
    Handler.status = 500
    server.register(handler)
    server.emit("lock.locked")
    server.wait_idle()
    with opened(chromium, server, "#/clock") as page:
        page.get_by_role("button", name="Advance to the next attempt").click()
        wait_for_text(page, "h2", "7 s passed: 1 attempt")
        page.get_by_label("By").fill("5m")
        page.get_by_role("button", name="Advance", exact=True).click()
        wait_for_text(page, "h2", "5 min passed: 1 attempt")
        page.get_by_role("button", name="To the end of the schedule").click()
        wait_for_text(page, "h2", "passed: 5 attempts")
        wait_for_text(page, ".view", "No attempt is due.")


def test_the_catalogue_is_searched(chromium: Any, server: MockServer) -> None:
    """
    Words find event types; a type shows its properties and an example.
    """
    with opened(chromium, server, "#/catalogue") as page:
        page.keyboard.press("/")
        page.keyboard.type("low battery")
        page.get_by_role("link", name="device.low_battery").click()
        wait_for_text(page, "h1", "device.low_battery")
        wait_for_text(page, "th code", "battery_level")
        wait_for_text(page, ".json", "device.low_battery")


def test_keys_alone(chromium: Any, server: MockServer, handler: str) -> None:
    """
    Each view is reached, a message opened and resent, the help shown without a mouse.
    """
    server.register(handler)
    server.emit("lock.locked")
    server.wait_idle()
    with opened(chromium, server) as page:
        page.locator("tr[data-id]").wait_for()
        page.keyboard.press("?")
        wait_for_text(page, "dialog", "next, previous message")
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        wait_for_text(page, "h2", "Payload")
        page.keyboard.press("r")
        wait_for_text(page, "#notice", "Resent")
        wait_for_text(page, ".attempts", "resend 1")
        for key, title in (
            ("t", "Trigger"),
            ("e", "Endpoints"),
            ("c", "Clock"),
            ("a", "Catalogue"),
        ):
            page.keyboard.press(key)
            wait_for_text(page, "h1", title)


def test_a_key_is_asked_for_once(chromium: Any) -> None:
    """
    With an API key the page asks for it, keeps it for the tab, and shows everything.
    """
    with MockServer(api_key="seam_of_the_page") as server:
        context = chromium.new_context()
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(server.url)
        page.get_by_role("textbox", name="Key").fill("seam_of_the_page")
        page.get_by_role("button", name="Use").click()
        wait_for_text(page, ".empty", "Nobody listens")
        wait_for_text(page, "#connection", "live")
        page.reload()
        wait_for_text(page, ".empty", "Nobody listens")
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(
    chromium: Any, server: MockServer, handler: str, scheme: str, width: int
) -> None:
    """
    Each view fits a telephone and a desk, in light and dark.
    """
    server.register(handler)
    server.emit("lock.*")
    server.wait_idle()
    message = server.messages[0].message.message_id
    size = {"width": width, "height": 800}
    with opened(chromium, server, color_scheme=scheme, viewport=size) as page:
        for place in (
            "messages",
            f"messages/{message}",
            "trigger",
            "endpoints",
            "clock",
            "catalogue",
        ):
            page.evaluate("place => { location.hash = `#/${place}` }", place)
            page.wait_for_timeout(300)
            page.wait_for_selector("main .view h1")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, place


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(chromium: Any, server: MockServer, handler: str, scheme: str) -> None:
    """
    axe-core finds nothing wrong with any view: contrast, names, order, roles.
    """
    Handler.status = 500
    server.register(handler)
    server.emit("lock.*")
    server.emit(event={"event_type": "lock.unlocked", "event_id": 7})
    server.wait_idle()
    message = server.messages[-1].message.message_id
    with opened(chromium, server, color_scheme=scheme, bypass_csp=True) as page:
        for place in (*PLACES, f"messages/{message}", "catalogue/lock.unlocked"):
            page.evaluate("place => { location.hash = `#/${place}` }", place)
            page.wait_for_timeout(500)
            page.wait_for_selector("main .view h1")
            assert inaccessible(page) == [], place


def test_a_lost_stream_continues(chromium: Any, server: MockServer) -> None:
    """
    A lost connection is said; what came meanwhile is there when it is back.
    """
    with opened(chromium, server) as page:
        wait_for_text(page, "#connection", "live")
        errors = page.context
        errors.set_offline(True)
        page.evaluate("null")
        server.emit("lock.locked")
        errors.set_offline(False)
        wait_for_text(page, "tr[data-id]", "lock.locked")
        wait_for_text(page, "#connection", "live")


def test_a_burst_leaves_the_page_usable(chromium: Any, server: MockServer) -> None:
    """
    Thousands of events at once are drawn in batches: the list shows a page of them, and keys work.
    """
    with opened(chromium, server) as page:
        wait_for_text(page, "#connection", "live")
        server.emit("lock.locked", count=5000)
        page.locator("tr[data-id]").first.wait_for()
        assert page.locator("tr[data-id]").count() <= 50
        page.keyboard.press("t")
        wait_for_text(page, "h1", "Trigger")


def test_pages_of_many_messages(chromium: Any, server: MockServer) -> None:
    """
    Older messages are on further pages, whose place is in the address.
    """
    server.emit("lock.locked", count=120)
    with opened(chromium, server) as page:
        page.locator("tr[data-id]").first.wait_for()
        page.get_by_role("link", name="Older").click()
        page.wait_for_url("**before=**")
        page.get_by_role("link", name="Newest").wait_for()
        server.emit("lock.unlocked")
        page.get_by_role("button", name="1 new").click()
        wait_for_text(page, "tr[data-id]", "lock.unlocked")
        assert "before" not in page.url


def test_new_messages_are_counted(chromium: Any, server: MockServer) -> None:
    """
    While something is selected, the list stays, and new messages that fit the filters are counted.
    """
    server.emit("lock.locked", count=3)
    with opened(chromium, server, "#/messages?event_type=lock.*") as page:
        page.get_by_label("Select all").check()
        page.get_by_role("button", name="Resend 3 messages").wait_for()
        server.emit("device.connected", count=4)
        server.emit("lock.locked", count=12)
        page.get_by_role("button", name="12 new").wait_for()
        assert page.locator("tr[data-id]").count() == 3
        page.keyboard.press("n")
        page.locator("tr[data-id]").nth(14).wait_for()
        assert page.locator("tr[data-id] input:checked").count() == 3
