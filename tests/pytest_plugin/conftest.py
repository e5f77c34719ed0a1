"""
What runs within a run must not be the first to import.

Pytester forgets the modules that such a run imported: the next one would import them again, which
takes longer than most of these runs, and a class would no longer be the one that others have
caught.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any, Final

import jsonschema
import pytest

import seamproof
from seamproof.pytest_plugin import register

if TYPE_CHECKING:
    from _pytest.pytester import HookRecorder

__all__ = ["jsonschema"]

#: The plugins of a run within a run.
PLUGINS: Final = (register, import_module("_hypothesis_pytestplugin"))

for _module in walk_packages(seamproof.__path__, "seamproof."):
    # Locust replaces parts of the standard library, in a process of its own only.
    if not _module.name.startswith("seamproof.load."):
        import_module(_module.name)


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """
    Runs in this process are given their plugins: to look for those that are installed takes longer
    than most of these runs do. Runs in a process of their own find them.
    """
    inline_run = pytester.inline_run

    def run(*arguments: str, **options: Any) -> HookRecorder:
        plugins = () if "no:seamproof" in arguments else PLUGINS
        with monkeypatch.context() as patch:
            patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "true")
            return inline_run(*arguments, plugins=plugins, **options)

    monkeypatch.setattr(pytester, "inline_run", run)
    return pytester
