"""
The battery as a class of tests, for a suite that names its handler in code.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any, Final

import pytest

from seamproof.checks.model.option_values import worded
from seamproof.checks.runner.resolve import Terms, Wanted, read_terms
from seamproof.checks.runner.runner import FIRST
from seamproof.checks.testing.per_check import Contract
from seamproof.environment import SECRET_VARIABLE
from seamproof.errors import SeamproofError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import CodeType

    from seamproof.checks.battery.check import Check
    from seamproof.checks.testing.per_check import Outcome
    from seamproof.json_types import JsonMapping
    from seamproof.signing import Secret

#: What an option of the command line is called in the call of `contract_tests`.
_ARGUMENTS: Final = {"as": "kind", "break": "breaker", "set": "overrides"}


class CheckFailed(pytest.fail.Exception):  # type: ignore[name-defined, misc]
    """
    A handler does what a check forbids.
    """

    # As pytest has it for its own, so that a summary shows the bare name.
    __module__ = "builtins"


class HandlerUnready(pytest.fail.Exception):  # type: ignore[name-defined, misc]
    """
    A handler cannot be checked: it cannot be opened, or fails the plain genuine delivery.
    """

    __module__ = "builtins"


class ContractWarning(UserWarning):
    """
    What only a standard asks for: it fails a test where it is strict, or warnings are errors.
    """


def contract_tests(  # noqa: PLR0913 - each has a default and a name
    target: str | Callable[..., Any],
    *,
    path: str | None = None,
    kind: str | None = None,
    app_dir: str | Path = ".",
    secret: Secret | str | None = None,
    secret_env: str = SECRET_VARIABLE,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    xfail: str | Iterable[str] = (),
    state: str | Callable[[], Any] | None = None,
    breaker: str | Callable[[bool], object] | None = None,
    accept: str = "200-299",
    events: str = "*",
    overrides: JsonMapping | Iterable[str] = (),
    catalog: str | Path | None = None,
    max_examples: int = 200,
    seed: int | None = None,
    quick: bool = False,
    strict: bool = False,
    allow_remote: bool = False,
) -> type:
    """
    Make a class with a test for each check.

    `TestContract = contract_tests("myapp:app")` in a test module is all that it takes.

    The handler is opened when the first of them runs, once in a process. The plain genuine
    delivery comes first; where it fails, one test tells it and the others are skipped.

    Args:
        target: `http://…`, `module:app` or `module:function`; or the application or function.
        path: Of the webhook in an application; by default `/webhooks/seam`.
        kind: `asgi`, `wsgi`, `function` or `lambda`, where that cannot be told.
        app_dir: Where modules are looked for first.
        secret: The signing secret; by default that of the environment, and without one a new
            one for a target in this process.
        secret_env: The name of the variable in which the handler looks for it.
        select: Ids or globs of the checks to run; all of them by default.
        ignore: Ids or globs of checks to leave out.
        xfail: Ids or globs of checks that are expected to fail, each with `: reason` if need be.
        state: Tells the handler's state: a URL, `module:function`, or a function.
        breaker: Breaks what the handler depends on: a URL, `module:function`, or a function.
        accept: The statuses with which a genuine delivery may be answered: `"200-299,404"`.
        events: A glob over the event types that are sent.
        overrides: Properties to set in every event that has them, by path.
        catalog: A directory of schemas of one's own.
        max_examples: How many events `payload.property_fuzz` draws of each family.
        seed: Repeats a run; by default another one each time.
        quick: Whether to send one of each only.
        strict: Whether warnings fail as well.
        allow_remote: Whether a URL may lead to another machine.

    Returns:
        The class; its tests are named after the checks: `test_signature_stale`.

    Raises:
        UsageError: An argument cannot be used as given.
        SeamproofError: Another of the family: no such event type, no such property.
    """
    __tracebackhide__ = True
    wanted = Wanted(
        target=target,
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
        accept=accept,
        events=events,
        overrides=overrides,
        catalog=catalog,
        max_examples=max_examples,
        seed=seed,
        quick=quick,
        strict=strict,
        allow_remote=allow_remote,
    )
    try:
        terms = read_terms(wanted)
    except SeamproofError as problem:
        for part in ("what", "where", "expected", "found", "cure"):
            setattr(problem, part, worded(getattr(problem, part), _argument))
        raise problem.with_traceback(None) from None
    caller = sys._getframe(1)  # noqa: SLF001 - tests are told where they were asked for
    return _class(terms, caller.f_code.co_filename, caller.f_lineno, caller.f_globals["__name__"])


def conclude(outcome: Outcome, item: pytest.Item, place: tuple[str, int]) -> None:
    """
    End a test as its check ended.

    Args:
        outcome: Of the check.
        item: The test.
        place: The file and line that a warning is of.

    Raises:
        CheckFailed: It failed.
        HandlerUnready: The handler cannot be checked.
        pytest.skip.Exception: It was not run, or did not decide.
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


def mark_of(reason: str) -> pytest.MarkDecorator:
    """
    Expect a check to fail, for a reason; a handler that cannot be checked fails all the same.
    """
    return pytest.mark.xfail(raises=CheckFailed, reason=reason)


def _class(terms: Terms, file: str, line: int, module: str) -> type:
    """
    Make the class, whose tests stand in a file and line.
    """
    contract = Contract(
        terms, words=lambda name: f"{_ARGUMENTS.get(name, name.replace('-', '_'))}="
    )
    members: dict[str, object] = {
        "__doc__": f"The contract of {terms.name}: a test for each check.",
        "__module__": module,
        "contract": contract,
        "teardown_class": classmethod(lambda _: contract.close()),
    }
    for check in terms.checks:
        test = _test(contract, check, file, line)
        if check.id in terms.expected:
            test = mark_of(terms.expected[check.id])(test)
        members[test.__name__] = test
    return type("Contract", (), members)


def _argument(option: str) -> str:
    """
    Write an option of `seamproof check` as the call has it.
    """
    return f"{_ARGUMENTS.get(option, option.replace('-', '_'))}="


def _test(contract: Contract, check: Check, file: str, line: int) -> Any:  # noqa: ANN401 - pytest marks it
    def test(self: object, request: pytest.FixtureRequest) -> None:  # noqa: ARG001 - a method
        item = request.node
        siblings = [one for one in request.session.items if one.parent is item.parent]
        again = f"pytest {item.nodeid!r}"
        outcome = contract.check(check, speaks=speaks(item, siblings), again=again)
        conclude(outcome, item, (file, line))

    test.__code__ = _placed(test.__code__, file, line)
    test.__name__ = f"test_{check.id.replace('.', '_')}"
    test.__qualname__ = f"Contract.{test.__name__}"
    test.__doc__ = check.title
    return test


def _placed(code: CodeType, file: str, line: int) -> CodeType:
    """
    Let code stand elsewhere, for whoever tells where a test is.
    """
    return code.replace(co_filename=file, co_firstlineno=line)


def speaks(item: pytest.Item, siblings: Iterable[pytest.Item]) -> bool:
    """
    Whether it is this test that tells if the handler cannot be checked at all.

    It is that of the plain genuine delivery, or else the first.

    Args:
        item: The test.
        siblings: The tests of the same contract that were collected, in their order.
    """
    several = list(siblings)
    plain = FIRST.replace(".", "_")
    named = (one for one in several if one.name.replace(".", "_").endswith(plain))
    return item is next(named, several[0] if several else item)
