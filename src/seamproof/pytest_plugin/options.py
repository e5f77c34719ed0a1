"""
The options of the plugin: each can stand on the command line and in the ini file.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    import pytest

#: Name, kind, what its value is called, and what it does. `--seamproof-<name>` on the command
#: line; `seamproof_<name>`, with underscores, in the ini file.
OPTIONS: Final = (
    ("target", "text", "M:APP|URL", "Check this handler: collects each check as a test."),
    ("path", "text", "PATH", "Of the webhook in an application. Default: /webhooks/seam."),
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
        "What the target is, where that cannot be told: asgi, wsgi, function, lambda.",
    ),
    ("select", "list", "ID|GLOB", "Collect these checks only."),
    ("ignore", "list", "ID|GLOB", "Leave these checks out."),
    (
        "xfail",
        "list",
        "ID|GLOB[: REASON]",
        "Expect these checks to fail. xfail_strict decides what is made of one that passes.",
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
        "accept",
        "text",
        "STATUSES",
        "What a genuine delivery may be answered with. Default: 200-299.",
    ),
    ("events", "text", "PATTERN", "Which event types to send, and to count. Default: all."),
    ("set", "list", "PATH=VALUE", "Set a property of every event that has it."),
    ("catalog", "text", "DIR", "Schemas of your own. Default: that of SEAMPROOF_CATALOG."),
    (
        "max-examples",
        "text",
        "N",
        "How many events payload.property_fuzz draws of each family. Default: 200.",
    ),
    ("quick", "flag", "", "Send one of each only."),
    ("seed", "text", "N", "Draw the same as last time."),
    ("strict", "flag", "", "Let warnings fail as well."),
    ("allow-remote", "flag", "", "Allow a target on another machine."),
    ("coverage", "flag", "", "Tell, after the run, which event types were sent."),
    (
        "fail-under",
        "text",
        "PERCENT",
        (
            "Fail the run if a smaller share of the event types was sent. On the command line it "
            "asks for the coverage as well."
        ),
    ),
    (
        "coverage-json",
        "text",
        "PATH",
        "Write the coverage as JSON. On the command line it asks for the coverage as well.",
    ),
)
_INI: Final = {"text": "string", "list": "linelist", "flag": "bool"}


def add_options(parser: pytest.Parser) -> None:
    """
    Register the options.
    """
    group = parser.getgroup("seamproof", "contract tests for Seam webhooks")
    for name, kind, value, told in OPTIONS:
        option, ini = f"--seamproof-{name}", key(name)
        if kind == "flag":
            group.addoption(option, dest=ini, action="store_true", default=None, help=told)
        elif kind == "list":
            many = f"{told} May be repeated."
            group.addoption(option, dest=ini, action="append", metavar=value, help=many)
        else:
            group.addoption(option, dest=ini, metavar=value, help=told)
        parser.addini(ini, told, type=_INI[kind], default=[] if kind == "list" else None)  # type: ignore[arg-type]


def key(name: str) -> str:
    """
    Write the name of an option as the ini file has it.
    """
    return f"seamproof_{name.replace('-', '_')}"


def is_asked(config: pytest.Config) -> bool:
    """
    Whether anything is asked for: a target, or what was sent.
    """
    return is_given(config, "target") or is_counting(config)


def is_counting(config: pytest.Config) -> bool:
    """
    Whether it is asked for what was sent.
    """
    asked = (config.getoption(key(one), None) is not None for one in _COUNTS)
    return any(asked) or is_given(config, "coverage")


def is_given(config: pytest.Config, name: str) -> bool:
    """
    Whether an option stands on the command line or in the ini file.
    """
    return bool(config.getoption(key(name), None) or config.getini(key(name)))


#: On the command line these ask for the coverage by themselves.
_COUNTS: Final = ("fail-under", "coverage-json")
