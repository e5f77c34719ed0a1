"""
Tests of the pytest plugin, in test suites as a user writes them.
"""

from __future__ import annotations

import copy
import json
from importlib.resources import files

import pytest

import seamproof.pytest_plugin
import seamproof.pytest_plugin.options
from seamproof.schemas import catalog


def run(pytester: pytest.Pytester, suite: str, *, passed: int = 0, failed: int = 0) -> str:
    """
    Run a test suite in this process, which is quick.
    """
    pytester.makepyfile(suite)
    result = pytester.runpytest_inprocess("-rA")
    result.assert_outcomes(passed=passed, failed=failed)
    return result.stdout.str()


def test_a_delivery_is_what_a_handler_gets(pytester: pytest.Pytester) -> None:
    """
    The headers of a delivery make its body genuine, to svix as to seamproof.
    """
    run(
        pytester,
        """
        import time

        import pytest
        from svix.webhooks import Webhook, WebhookVerificationError

        from seamproof import is_valid, verify

        def test_genuine(seam_delivery, seam_secret):
            delivery = seam_delivery("acs_credential.issued")
            Webhook(seam_secret).verify(delivery.body, dict(delivery.headers))
            assert verify(delivery.body, delivery.headers, seam_secret, now=time.time())

        def test_tampered(seam_delivery, seam_secret):
            delivery = seam_delivery("acs_credential.issued")
            with pytest.raises(WebhookVerificationError):
                Webhook(seam_secret).verify(delivery.body + b" ", dict(delivery.headers))

        def test_each_is_a_message_of_its_own(seam_delivery):
            assert len({seam_delivery("acs_credential.issued").message_id for _ in range(9)}) == 9
        """,
        passed=3,
    )


def test_a_sample_is_valid_and_can_be_changed(pytester: pytest.Pytester) -> None:
    """
    Properties are set by name, and an event of one's own is delivered as it is.
    """
    run(
        pytester,
        """
        import json

        from seamproof import is_valid

        def test_sample(seam_sample):
            event = seam_sample("connected_account.deleted", customer_key="hotel-9")
            assert event["customer_key"] == "hotel-9"
            assert is_valid(event, strict=True)
            assert seam_sample("connected_account.deleted")["customer_key"] != "hotel-9"

        def test_own_event(seam_sample, seam_delivery):
            event = seam_sample("connected_account.deleted", customer_key="h\\u00f6tel")
            assert json.loads(seam_delivery(event).body) == event

        def test_event_of_the_future(seam_delivery):
            assert seam_delivery({"event_type": "robot.awakened"}).body == (
                b'{"event_type":"robot.awakened"}'
            )
        """,
        passed=3,
    )


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        ('seam_sample("acs_credential.isued")', "UnknownEventType", "acs_credential.issued"),
        ('seam_delivery("acs_credential.isued")', "UnknownEventType", "acs_credential.issued"),
        ('seam_sample("acs_credential.issued", acs_id="")', "UnknownProperty", "acs_credential_id"),
        ('seam_sample("acs_credential.issued", event_id="")', "UsageError", "event_id must be"),
    ],
)
def test_a_slip_fails_the_test_with_the_cure(
    pytester: pytest.Pytester, call: str, error: str, words: str
) -> None:
    """
    A misspelt event type or property is never silently passed over.
    """
    suite = f"def test_slip(seam_sample, seam_delivery):\n    {call}\n"

    output = run(pytester, suite, failed=1)

    assert error in output
    assert words in output


def test_the_secret_can_be_the_handlers_own(pytester: pytest.Pytester) -> None:
    """
    A suite that overrides the secret gets deliveries that its own handler accepts.
    """
    run(
        pytester,
        """
        import pytest
        from svix.webhooks import Webhook

        SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

        @pytest.fixture(scope="session")
        def seam_secret():
            return SECRET

        def test_signed_with_it(seam_delivery):
            delivery = seam_delivery("acs_credential.issued")
            Webhook(SECRET).verify(delivery.body, dict(delivery.headers))
        """,
        passed=1,
    )


@pytest.mark.parametrize("fixture", ["seam_delivery", "seam_check", "seam_mock_server"])
def test_a_secret_that_is_none_is_told_and_not_shown(
    pytester: pytest.Pytester, fixture: str
) -> None:
    """
    No frame of the plugin stands before the message, and nothing of the text anywhere.
    """
    pytester.makepyfile(f"""
        import pytest

        @pytest.fixture(scope="session")
        def seam_secret():
            return "whsec_" + "NotQuiteASecret!"

        def test_it({fixture}):
            pass
    """)

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E*SecretInvalid: what follows whsec_ in a signing secret *"])
    result.stdout.no_fnmatch_line("*seamproof/*.py*")
    assert "whsec_Not" not in result.stdout.str()


def test_a_fixture_of_ones_own_that_fails_is_told_as_ever(pytester: pytest.Pytester) -> None:
    """
    The plugin does not stand in between.
    """
    pytester.makepyfile("""
        import pytest

        @pytest.fixture
        def shop():
            assert 1 == 2

        def test_it(seam_delivery, shop):
            pass
    """)

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*seamproof/*.py*")


def test_the_fixtures_can_be_used_under_given(pytester: pytest.Pytester) -> None:
    """
    Hypothesis has nothing to say against fixtures that last as long as the session.
    """
    run(
        pytester,
        """
        import time
        import warnings

        import pytest
        from hypothesis import given, settings, strategies as st

        from seamproof import verify
        from seamproof.checks import create_app
        from seamproof.strategies import deliveries, events, journeys

        SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

        @pytest.fixture(scope="session")
        def seam_secret():
            return SECRET

        @pytest.fixture(scope="session")
        def client(seam_secret):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from starlette.testclient import TestClient
            return TestClient(create_app(seam_secret))

        @settings(deadline=None, max_examples=20)
        @given(st.sampled_from(["acs_credential.issued", "connected_account.deleted"]), st.data())
        def test_sample(seam_sample, seam_delivery, seam_secret, event_type, data):
            event = seam_sample(event_type)
            event["note"] = data.draw(st.text())
            delivery = seam_delivery(event)
            assert verify(
                delivery.body, delivery.headers, seam_secret, now=delivery.timestamp
            )

        @settings(deadline=None, max_examples=20)
        @given(events("*", values="edge"))
        def test_posted(client, seam_post, seam_delivery, event):
            assert seam_post(client, seam_delivery(event)).status_code == 204

        @settings(deadline=None, max_examples=5)
        @given(journeys("access_code"))
        def test_journey(client, seam_post, seam_delivery, journey):
            for delivery in seam_delivery(journey):
                assert seam_post(client, delivery).status_code == 204

        @settings(deadline=None, max_examples=5)
        @given(deliveries(events("lock.*"), secret=SECRET))
        def test_drawn(client, seam_post, arrived):
            for delivery in arrived:
                assert seam_post(client, delivery).status_code == 204

        @settings(deadline=None, max_examples=3)
        @given(st.integers(0, 2))
        def test_servers(seam_mock_server, seam_mock_server_factory, number):
            seam_mock_server.emit("lock.unlocked", count=number + 1)
            with seam_mock_server_factory() as server:
                assert not server.messages

        @settings(deadline=None, max_examples=2)
        @given(st.sampled_from(["lock.*", "device.added"]))
        def test_battery(seam_check, seam_secret, pattern):
            app = create_app(seam_secret)
            assert seam_check(app, select="signature.stale", events=pattern, quick=True).passed

        @settings(deadline=None, max_examples=2)
        @given(turn=st.integers())
        @pytest.mark.seamproof(events="lock.*")
        def test_marked(seam_delivery, event_type, turn):
            assert seam_delivery(event_type).event_type == event_type
        """,
        passed=6 + len(catalog().match("lock.*")),
    )


def test_schemas_of_ones_own(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Samples, deliveries, the marker and the battery follow the schemas that the ini file names.
    """
    document = copy.deepcopy(dict(catalog()["lock.locked"].written))
    document["properties"]["event_type"]["const"] = "robot.awakened"
    document["examples"][0]["event_type"] = "robot.awakened"
    own = pytester.mkdir("own")
    (own / "robot.awakened.json").write_text(json.dumps(document), encoding="utf-8")
    shared = files("seamproof.schemas") / "events" / "shared.json"
    (own / "shared.json").write_text(shared.read_text(encoding="utf-8"), encoding="utf-8")
    suite = """
        import pytest
        from seamproof.checks import create_app
        from seamproof.errors import UnknownEventType

        @pytest.mark.seamproof(events="*")
        def test_type(event_type, seam_sample, seam_delivery):
            assert seam_sample(event_type, method="keycode")["event_type"] == "robot.awakened"
            assert seam_delivery(event_type).event_type == event_type == "robot.awakened"
            assert [one.event_type for one in seam_delivery("robot.*")] == ["robot.awakened"]

        def test_unknown(seam_delivery):
            with pytest.raises(UnknownEventType):
                seam_delivery("lock.locked")

        def test_battery(seam_check, seam_secret):
            app = create_app(seam_secret)
            assert seam_check(app, events="robot.*", select="signature.stale", quick=True).passed
        """
    pytester.makeini("[pytest]\nseamproof_catalog = own\n")
    run(pytester, suite, passed=3)

    pytester.makeini("[pytest]\n")
    monkeypatch.setenv("SEAMPROOF_CATALOG", str(own))
    run(pytester, suite, passed=3)

    monkeypatch.setenv("SEAMPROOF_CATALOG", "nowhere")
    result = pytester.runpytest_inprocess("-p", "no:schemathesis", "-p", "no:asyncio")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no such directory of schemas*"])


def test_the_fixtures_explain_themselves(pytester: pytest.Pytester) -> None:
    """
    `pytest --fixtures` tells what each of them is for, and `--markers` the marker.
    """
    output = pytester.runpytest_inprocess("--fixtures").stdout.str()

    for name in (
        "seam_secret",
        "seam_sample",
        "seam_delivery",
        "seam_post",
        "seam_mock_server",
        "seam_mock_server_factory",
        "seam_check",
    ):
        _, _, rest = output.partition(f"\n{name} [session scope]")
        assert "no docstring available" not in rest.partition("\n\n")[0]
        assert rest
    markers = pytester.runpytest_inprocess("--markers").stdout.str()
    assert "@pytest.mark.seamproof(events" in markers


def test_their_types_can_be_written_down() -> None:
    """
    What annotates a test is imported from the plugin by name, and nothing else is there.
    """
    for name, home in seamproof.pytest_plugin._HOMES.items():
        found = getattr(seamproof.pytest_plugin, name)
        assert (found.__module__, found.__name__) == (f"seamproof.pytest_plugin.{home}", name)
    with pytest.raises(AttributeError, match="has no attribute 'Deliverie'"):
        _ = seamproof.pytest_plugin.Deliverie


def test_a_suite_that_does_not_use_the_fixtures_pays_nothing(pytester: pytest.Pytester) -> None:
    """
    The plugin imports neither Hypothesis nor Faker nor any other room by itself.
    """
    pytester.makepyfile(
        """
        import sys

        def test_nothing_heavy():
            assert "seamproof.pytest_plugin" in sys.modules
            heavy = {"aiohttp", "faker", "httpx", "hypothesis.core", "jsonschema", "jsonschema_rs"}
            heavy |= {"click", "rich", "starlette", "svix", "uvicorn"}
            assert not heavy & set(sys.modules)
            ours = {name for name in sys.modules if name.partition(".")[0] == "seamproof"}
            assert ours == {
                "seamproof", "seamproof.pytest_plugin", "seamproof.pytest_plugin.options"
            }
        """
    )

    # Faker and Schemathesis come with plugins of their own, which import them.
    others = ("-p", "no:faker", "-p", "no:schemathesis")
    result = pytester.runpytest_subprocess("-W", "error", *others)

    result.assert_outcomes(passed=1)


def test_those_who_sign_and_post_load_no_server(pytester: pytest.Pytester) -> None:
    """
    Deliveries take neither Hypothesis nor what serves and sends; the battery and servers do.
    """
    pytester.makepyfile(
        """
        import sys

        class Client:
            def post(self, path, data, headers):
                pass

        def test_signed(seam_delivery, seam_post):
            seam_post(Client(), seam_delivery("lock.unlocked").stale())
            heavy = {"aiohttp", "click", "httpx", "hypothesis.core", "starlette", "uvicorn"}
            assert not heavy & set(sys.modules)
        """
    )

    others = ("-p", "no:faker", "-p", "no:schemathesis", "-p", "no:anyio")
    result = pytester.runpytest_subprocess("-W", "error", *others)

    result.assert_outcomes(passed=1)


def test_the_plugin_is_not_rewritten() -> None:
    """
    Pytest looks for asserts in each module of a distribution with a plugin; those that a
    suite always loads say that there is nothing to be looked for.
    """
    for module in (seamproof, seamproof.pytest_plugin, seamproof.pytest_plugin.options):
        assert "PYTEST_DONT_REWRITE" in (module.__doc__ or "")
