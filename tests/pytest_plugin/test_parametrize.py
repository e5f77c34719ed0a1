"""
Tests of the marker: a test for each event type.
"""

from __future__ import annotations

import pytest

from seamproof.schemas import catalog


def collected(pytester: pytest.Pytester, suite: str, *arguments: str) -> list[str]:
    """
    Collect a suite and give the ids of its items, without the file.
    """
    pytester.makepyfile(suite)
    items, _ = pytester.inline_genitems("--strict-markers", *arguments)
    return [item.nodeid.partition("::")[2] for item in items]


def test_an_item_of_each_type(pytester: pytest.Pytester) -> None:
    """
    A pattern makes an item of each event type that it fits, named after it.
    """
    found = collected(
        pytester,
        """
        import pytest

        @pytest.mark.seamproof(events="lock.*")
        def test_lock(event_type):
            pass
        """,
    )

    types = [one.event_type for one in catalog().match("lock.*")]
    assert found == [f"test_lock[{one}]" for one in types]


def test_several_patterns(pytester: pytest.Pytester) -> None:
    """
    Patterns may be several, in a list or in markers, and a type counts once.
    """
    found = collected(
        pytester,
        """
        import pytest

        @pytest.mark.seamproof(events=["lock.locked", "device.adde?"])
        @pytest.mark.seamproof("lock.lock*")
        def test_some(event_type):
            pass
        """,
    )

    assert sorted(found) == ["test_some[device.added]", "test_some[lock.locked]"]


def test_the_nearest_marker_counts(pytester: pytest.Pytester) -> None:
    """
    A marker of a class is for its tests that take the argument; one of a test goes first.
    """
    found = collected(
        pytester,
        """
        import pytest

        pytestmark = pytest.mark.seamproof(events="device.added")

        def test_module(event_type):
            pass

        def test_plain():
            pass

        @pytest.mark.seamproof(events="lock.locked")
        class TestLocks:
            def test_class(self, event_type):
                pass

            @pytest.mark.seamproof(events="lock.unlocked")
            def test_own(self, event_type):
                pass
        """,
    )

    assert found == [
        "test_module[device.added]",
        "test_plain",
        "TestLocks::test_class[lock.locked]",
        "TestLocks::test_own[lock.unlocked]",
    ]


def test_another_argument_and_other_parameters(pytester: pytest.Pytester) -> None:
    """
    The argument may have another name, or two be drawn, beside other parameters.
    """
    found = collected(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("turn", [1, 2])
        @pytest.mark.seamproof(events="lock.locked", argument="before")
        @pytest.mark.seamproof(events="lock.unlocked", argument="after")
        def test_two(before, after, turn):
            pass
        """,
    )

    assert len(found) == 2
    assert all("lock.locked" in one and "lock.unlocked" in one for one in found)


def test_undocumented_types(pytester: pytest.Pytester) -> None:
    """
    Undocumented and deprecated event types are left out, unless they are asked for.
    """
    suite = """
        import pytest

        @pytest.mark.seamproof(events="*"{more})
        def test_all(event_type):
            pass
        """

    assert len(collected(pytester, suite.format(more=""))) == len(catalog().match("*"))
    whole = collected(pytester, suite.format(more=", undocumented=True"))
    assert len(whole) == len(catalog())


def test_items_run(pytester: pytest.Pytester) -> None:
    """
    Each item gets its event type, also through a fixture, and can be selected.
    """
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def delivery(event_type, seam_delivery):
            return seam_delivery(event_type)

        @pytest.mark.seamproof(events="lock.*")
        def test_lock(delivery, request):
            assert delivery.event_type in request.node.name
        """
    )

    count = len(catalog().match("lock.*"))
    pytester.runpytest_inprocess().assert_outcomes(passed=count)
    one = pytester.runpytest_inprocess("-k", "unlocked")
    one.assert_outcomes(passed=1, deselected=count - 1)


@pytest.mark.parametrize(
    ("marker", "arguments", "words"),
    [
        ("events='lokc.*'", "event_type", "no event type is called 'lokc.*'"),
        ("events='lock.unlokced'", "event_type", "did you mean lock.unlocked"),
        ("", "event_type", "the marker names no event types"),
        ("events=[]", "event_type", "the marker names no event types"),
        ("events=7", "event_type", "found: 7"),
        ("event='lock.*'", "event_type", "the marker takes no such argument"),
        ("events='lock.*'", "event, other", "the test takes no argument event_type"),
        ("events='lock.*', argument='kind'", "event_type", "the test takes no argument kind"),
        ("events='lock.*', argument=7", "event_type", "argument is the name of one"),
    ],
)
def test_mistakes(pytester: pytest.Pytester, marker: str, arguments: str, words: str) -> None:
    """
    A mistake in a marker fails with the name of the test.
    """
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.seamproof({marker})
        def test_slip({arguments}):
            pass
        """
    )

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(errors=1)
    output = result.stdout.str()
    assert words in output
    assert "@pytest.mark.seamproof of test_slip" in output
    assert "marking.py" not in output
