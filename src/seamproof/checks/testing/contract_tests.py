"""
The battery as a class of tests, for a test suite that names its handler in code.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.checks.model.options import DEFAULT_MAX_EXAMPLES
from seamproof.checks.runner.resolve import resolve
from seamproof.checks.runner.selection import PREFLIGHT, in_run_order, select_checks
from seamproof.checks.testing.per_check import CheckStepper
from seamproof.environment import ENDPOINT_VARIABLE, SECRET_VARIABLE
from seamproof.errors import SeamproofError
from seamproof.statuses import DEFAULT_ACCEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.options import Handler, RunOptions
    from seamproof.checks.testing.per_check import CheckOutcome
    from seamproof.json_types import JsonMapping
    from seamproof.signing import Secret


#: By this property of a test the plugin knows its check, whose name the test gets in JUnit files.
_CHECK_PROPERTY: Final = "seamproof.check"


class CheckFailed(pytest.fail.Exception):  # type: ignore[name-defined, misc]
    """
    A handler does what a check forbids.
    """

    # As in pytest's own exceptions: the summary then shows the name without a module.
    __module__ = "builtins"


class HandlerUnready(pytest.fail.Exception):  # type: ignore[name-defined, misc]
    """
    A handler cannot be checked: it cannot be opened, or fails the plain genuine delivery.
    """

    __module__ = "builtins"


class ContractWarning(UserWarning):
    """
    Reports what only a standard asks for. It fails a strict test, or where warnings are errors.
    """


def contract_tests(  # noqa: PLR0913 - each has a default and a name
    target: Handler,
    *,
    path: str | None = None,
    kind: str | None = None,
    app_dir: str | Path = ".",
    secret: Secret | str | None = None,
    secret_env: str = SECRET_VARIABLE,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    xfail: str | Iterable[str] = (),
    state: str | Callable[[], object] | None = None,
    breaker: str | Callable[[bool], object] | None = None,
    world: str | Path | None = None,
    seam_endpoint_env: str = ENDPOINT_VARIABLE,
    catch_up: str | Callable[[], object] | None = None,
    accept: str = DEFAULT_ACCEPT,
    events: str = "*",
    expect: str | Iterable[str] = (),
    overrides: JsonMapping | Iterable[str] = (),
    catalog: str | Path | None = None,
    max_examples: int = DEFAULT_MAX_EXAMPLES,
    rate: str | None = None,
    max_time: float | None = None,
    thorough: bool = False,
    settle: float | None = None,
    seed: int | None = None,
    quick: bool = False,
    strict: bool = False,
    allow_remote: bool = False,
) -> type:
    """
    Make a class with a test for each check.

    `TestContract = contract_tests("myapp:app")` in a test module is all that it takes.

    The first test opens the handler, once in a process. The plain genuine delivery is sent
    first; where it fails, one test reports that and the others are skipped.

    Args:
        target: `http://…`, `module:app` or `module:function`; or the application or function.
        path: Of the webhook in an application; by default `/webhooks/seam`.
        kind: `asgi`, `wsgi`, `function` or `lambda`, where that cannot be detected.
        app_dir: Where modules are looked for first.
        secret: The signing secret; by default that of the environment, and without one a new
            one for a target in this process.
        secret_env: The name of the variable in which the handler looks for it.
        select: Ids or globs of the checks to run; all of them by default.
        ignore: Ids or globs of checks to leave out.
        xfail: Ids or globs of checks that are expected to fail, each with `: reason` if need be.
        state: Returns the handler's state: a URL, `module:function`, or a function.
        breaker: Makes the handler's dependency fail: a URL, `module:function`, or a function.
        world: The resources of a Seam API for the handler to call: `hotel`, another ready world,
            or a file.
        seam_endpoint_env: The name of the variable in which it looks for the URL of that API.
        catch_up: Makes it fetch the events that it has missed: a URL, `module:function`, or a
            function.
        accept: The statuses with which a genuine delivery may be answered: `"200-299,404"`.
        events: A glob over the event types that are sent.
        expect: Globs over the event types that must change the state.
        overrides: Properties to set in every event that has them, by path.
        catalog: A directory of your own schemas.
        max_examples: How many events `payload.property_fuzz` draws for each family of types.
        rate: How many requests are sent at most: `5/s`, `30/m`.
        max_time: Seconds after which nothing more is sent, for all tests together; by default
            30. The second pass of a test leaves half of them to the tests after it.
        thorough: Whether to send everything, however long it takes.
        settle: Seconds for late work before the state is read; measured by default.
        seed: Repeats a run; by default another one each time.
        quick: Whether to send one request of each kind only.
        strict: Whether warnings and what is inconclusive fail as well.
        allow_remote: Whether a URL may lead to another machine.

    Returns:
        The class; its tests are named after the checks: `test_signature_stale`.

    Raises:
        UsageError: An argument cannot be used as given.
        SeamproofError: Another of the family: no such event type, no such property.
    """
    __tracebackhide__ = True
    try:
        options = resolve(
            target,
            kind=kind,
            path=path,
            app_dir=app_dir,
            secret=secret,
            secret_env=secret_env,
            select=select,
            ignore=ignore,
            xfail=xfail,
            state=state,
            breaker=breaker,
            world=world,
            seam_endpoint_env=seam_endpoint_env,
            catch_up=catch_up,
            accept=accept,
            events=events,
            expect=expect,
            overrides=overrides,
            catalog=catalog,
            max_examples=max_examples,
            rate=rate,
            max_time=max_time,
            thorough=thorough,
            settle=settle,
            seed=seed,
            quick=quick,
            strict=strict,
            allow_remote=allow_remote,
        )
    except SeamproofError as problem:
        raise problem.with_traceback(None) from None
    caller = sys._getframe(1)  # noqa: SLF001 - pytest shows the tests at the line of the call
    return _class(options, caller.f_code.co_filename, caller.f_lineno, caller.f_globals["__name__"])


def conclude(outcome: CheckOutcome, item: pytest.Item, place: tuple[str, int]) -> None:
    """
    End a test as its check ended.

    Args:
        outcome: Of the check.
        item: The test.
        place: The file and line that a warning names.

    Raises:
        CheckFailed: It failed.
        HandlerUnready: The handler cannot be checked.
        pytest.skip.Exception: It was not run, or is inconclusive.
    """
    if outcome.verdict == "failed":
        raise CheckFailed(outcome.text, pytrace=False)
    if outcome.verdict == "unready":
        raise HandlerUnready(outcome.text, pytrace=False)
    if outcome.verdict == "skipped":
        pytest.skip(outcome.message)
    if outcome.verdict == "warning":
        try:
            warnings.warn_explicit(outcome.message, ContractWarning, *place)
        except ContractWarning:
            raise CheckFailed(outcome.text, pytrace=False) from None
        item.add_report_section("call", "seamproof", outcome.text)


def xfail_mark(reason: str) -> pytest.MarkDecorator:
    """
    Expect a check to fail, for a reason; a handler that cannot be checked still fails.
    """
    return pytest.mark.xfail(raises=CheckFailed, reason=reason)


def checks_in_order(options: RunOptions) -> list[Check]:
    """
    Sort the checks that the options select as their tests are collected: the preflight first.
    """
    checks = in_run_order(select_checks(options.select, options.ignore))
    return sorted(checks, key=lambda check: not check.is_preflight)


def reports_problem(item: pytest.Item) -> bool:
    """
    Whether this test reports a handler that cannot be checked at all.

    Of the tests of a handler that is the one of the plain genuine delivery, or else the first one.
    """
    several = [one for one in item.session.items if one.parent is item.parent]
    preflight = PREFLIGHT.id.replace(".", "_")
    named = (one for one in several if one.name.replace(".", "_").endswith(preflight))
    return item is next(named, several[0] if several else item)


def _class(options: RunOptions, file: str, line: int, module: str) -> type:
    """
    Make the class, whose tests are shown at a file and line.
    """
    stepper = CheckStepper(options)
    members: dict[str, object] = {
        "__doc__": f"The contract of {options.name}: a test for each check.",
        "__module__": module,
        "teardown_class": classmethod(lambda _: stepper.close()),
    }
    for check in checks_in_order(options):
        test = _test(stepper, check, file, line)
        if check.id in options.expected_failures:
            test = xfail_mark(options.expected_failures[check.id])(test)
        members[test.__name__] = test
    return type("Contract", (), members)


def _test(stepper: CheckStepper, check: Check, file: str, line: int) -> Callable[..., None]:
    def test(self: object, request: pytest.FixtureRequest) -> None:  # noqa: ARG001 - a method
        item = request.node
        item.user_properties.append((_CHECK_PROPERTY, check.id))
        outcome = stepper.check(
            check,
            reports_problem=reports_problem(item),
            rerun=f"pytest {item.nodeid!r}",
            whole=item.config.getoption("verbose") > 0,
        )
        conclude(outcome, item, (file, line))

    # pytest then reports the caller's file and line.
    test.__code__ = test.__code__.replace(co_filename=file, co_firstlineno=line)
    test.__name__ = f"test_{check.id.replace('.', '_')}"
    test.__qualname__ = f"Contract.{test.__name__}"
    test.__doc__ = check.title
    return test
