"""
Options of the plugin that a project sets in `[tool.seamproof]`.
"""

from __future__ import annotations

import pytest

HANDLER = """
    from seamproof.checks import create_app

    app = create_app()
"""


def test_a_target_of_the_plugin_collects_the_battery(pytester: pytest.Pytester) -> None:
    """
    The plugin's own table collects checks, with the options that all sections share.
    """
    pytester.makepyfile(app=HANDLER)
    pytester.makefile(
        ".toml",
        seamproof='select = "signature.stale"\nquick = true\n[pytest]\ntarget = "app:app"\n',
    )

    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_target_of_the_command_collects_nothing(pytester: pytest.Pytester) -> None:
    """
    What `seamproof check` is aimed at is no part of the test suite.
    """
    pytester.makepyfile(app=HANDLER, test_one="def test_one(): pass")
    pytester.makefile(".toml", seamproof='target = "app:app"\n')

    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_the_ini_file_wins(pytester: pytest.Pytester) -> None:
    """
    An option of the ini file, and one of the command line, wins over the project's file.
    """
    pytester.makepyfile(app=HANDLER)
    pytester.makepyprojecttoml(
        '[tool.seamproof.pytest]\ntarget = "app:app"\nselect = ["signature.*"]\n'
        '[tool.pytest.ini_options]\nseamproof_select = ["signature.stale", "signature.future"]\n'
    )

    pytester.runpytest_inprocess().assert_outcomes(passed=2)
    pytester.runpytest_inprocess("--seamproof-select=signature.stale").assert_outcomes(passed=1)


def test_a_value_of_a_wrong_type_is_a_usage_error(pytester: pytest.Pytester) -> None:
    """
    A text is no boolean, although it counts as true in Python.
    """
    pytester.makepyfile(app=HANDLER)
    pytester.makefile(".toml", seamproof='[pytest]\ntarget = "app:app"\nquick = "yes"\n')

    result = pytester.runpytest_inprocess()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*seamproof.toml: [[]pytest[]] quick has a value of a wrong type"])


def test_a_mistake_is_a_usage_error(pytester: pytest.Pytester) -> None:
    """
    An unknown name ends the run before anything is collected, with the nearest name.
    """
    pytester.makefile(".toml", seamproof='[pytest]\ntaget = "app:app"\n')

    result = pytester.runpytest_inprocess()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*seamproof.toml: [[]pytest] has no option 'taget'"])
    result.stderr.fnmatch_lines(["*did you mean target*"])
