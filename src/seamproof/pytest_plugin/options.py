"""
The options of the plugin, for the command line, the ini file and `[tool.seamproof]`.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from seamproof.configuration.project_file import Configuration

#: Name, kind, placeholder of the value, and help. `--seamproof-<name>` on the command
#: line; `seamproof_<name>`, with underscores, in the ini file.
OPTIONS: Final = (
    ("target", "text", "M:APP|URL", "Check this handler: collects each check as a test."),
    ("path", "text", "PATH", "Path of the webhook in an application. Default: /webhooks/seam."),
    (
        "secret-env",
        "text",
        "NAME",
        (
            "The environment variable with the signing secret. Default: SEAM_WEBHOOK_SECRET. Where "
            "it is not set, a target in process gets a new one in it before it is imported."
        ),
    ),
    (
        "app-dir",
        "text",
        "DIR",
        (
            "Where modules are looked for first. Default: the directory of the ini file that names "
            "the target, or the current one."
        ),
    ),
    (
        "as",
        "text",
        "KIND",
        "What the target is, where that cannot be detected: asgi, wsgi, function, lambda.",
    ),
    ("select", "list", "ID|GLOB", "Collect these checks only."),
    ("ignore", "list", "ID|GLOB", "Leave these checks out."),
    (
        "xfail",
        "list",
        "ID|GLOB[: REASON]",
        "Expect these checks to fail. With xfail_strict, one that passes fails the run.",
    ),
    (
        "state",
        "text",
        "URL|M:F",
        "The handler's state as JSON: a GET, or a function without arguments.",
    ),
    (
        "break",
        "text",
        "URL|M:F",
        (
            "Makes the handler's dependency fail and work again: a POST of "
            '{"broken": true|false}, or a call with that boolean.'
        ),
    ),
    (
        "world",
        "text",
        "NAME|FILE",
        "Give the handler a Seam API to call, with these resources: hotel, short_stay, office.",
    ),
    (
        "seam-endpoint-env",
        "text",
        "NAME",
        "The variable in which the handler looks for the URL of that API. Default: SEAM_ENDPOINT.",
    ),
    (
        "catch-up",
        "text",
        "URL|M:F",
        "Makes the handler fetch the events that it has missed: a POST, or a call.",
    ),
    (
        "accept",
        "text",
        "STATUSES",
        "What a genuine delivery may be answered with. Default: 200-299.",
    ),
    ("events", "text", "PATTERN", "Which event types to send, and to count. Default: all."),
    ("expect", "list", "PATTERN", "Event types that have to change the state, such as lock.*."),
    ("set", "list", "PATH=VALUE", "Set a property of every event that has it."),
    ("catalog", "text", "DIR", "Schemas of your own. Default: that of SEAMPROOF_CATALOG."),
    (
        "max-examples",
        "text",
        "N",
        "How many events payload.property_fuzz draws of each family. Default: 200.",
    ),
    (
        "max-time",
        "text",
        "S",
        "Seconds after which nothing more is sent, for all checks together. Default: 30.",
    ),
    ("thorough", "flag", "", "Send everything, however long it takes."),
    ("quick", "flag", "", "Send one request of each kind only."),
    ("rate", "text", "N/s|m|h", "Send no more requests than this."),
    (
        "settle",
        "text",
        "SECONDS",
        "How long to wait for late work before the state is read. Default: measured.",
    ),
    ("seed", "text", "N", "Draw the same events as an earlier run."),
    ("strict", "flag", "", "Let warnings and inconclusive checks fail as well."),
    ("allow-remote", "flag", "", "Allow a target on another machine."),
    ("coverage", "flag", "", "Report, after the run, which event types were sent."),
    (
        "fail-under",
        "text",
        "PERCENT",
        (
            "Fail the run if a smaller share of the event types was sent. On the command line it "
            "switches the coverage on as well."
        ),
    ),
    (
        "coverage-json",
        "text",
        "PATH",
        "Write the coverage as JSON. On the command line it switches the coverage on as well.",
    ),
)
#: On the command line each of these switches the coverage on as well.
_COVERAGE: Final = ("fail-under", "coverage-json")
_PROJECT: Final = pytest.StashKey["Configuration | None"]()
_INI: Final = {"text": "string", "list": "linelist", "flag": "bool"}


def add_options(parser: pytest.Parser) -> None:
    """
    Register the options.
    """
    group = parser.getgroup("seamproof", "contract tests for Seam webhooks")
    for name, kind, value, text in OPTIONS:
        option, ini = f"--seamproof-{name}", key(name)
        if kind == "flag":
            group.addoption(option, dest=ini, action="store_true", default=None, help=text)
        elif kind == "list":
            many = f"{text} May be repeated."
            group.addoption(option, dest=ini, action="append", metavar=value, help=many)
        else:
            group.addoption(option, dest=ini, metavar=value, help=text)
        parser.addini(ini, text, type=_INI[kind], default=[] if kind == "list" else None)  # type: ignore[arg-type]


def key(name: str) -> str:
    """
    Return the name of an option in the ini file.
    """
    return f"seamproof_{name.replace('-', '_')}"


def has_coverage(config: pytest.Config) -> bool:
    """
    Whether the coverage of event types is switched on.
    """
    given = (config.getoption(key(name), None) is not None for name in _COVERAGE)
    return any(given) or is_given(config, "coverage")


def is_given(config: pytest.Config, name: str) -> bool:
    """
    Whether an option is given, and not switched off.
    """
    return bool(given(config, name))


def given(config: pytest.Config, name: str) -> object:
    """
    Read an option from the command line, the ini file or `[tool.seamproof]`; None without it.

    Raises:
        UsageError: The project's configuration is not TOML, or has a key that is no option.
    """
    for value in (config.getoption(key(name), None), config.getini(key(name))):
        if value is not None and value != []:
            return value
    configuration = project_configuration(config)
    return configuration.options("pytest").get(name) if configuration else None


def project_configuration(config: pytest.Config) -> Configuration | None:
    """
    Read the options that the project sets in the root directory; None if it sets none.
    """
    if _PROJECT not in config.stash:
        from seamproof.configuration.project_file import find_configuration

        config.stash[_PROJECT] = find_configuration(config.rootpath)
    return config.stash[_PROJECT]
