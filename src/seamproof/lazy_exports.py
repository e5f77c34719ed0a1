"""
Public names of a package that are imported on first use, so that the package imports fast.
"""

from __future__ import annotations

# To import `typing` would take longer than all the rest; type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy_exports(
    package: str, modules: Mapping[str, str], *eager: str
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """
    Make the `__getattr__`, `__dir__` and `__all__` of a package.

    Args:
        package: The name of the package.
        modules: From each public name to the module that defines it, relative to the package.
        eager: Public names that the package defines itself.
    """

    def get_attribute(name: str) -> object:
        if name not in modules:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        # Imported late: it takes longer than all the rest of this module.
        from importlib import import_module

        return getattr(import_module(f"{package}.{modules[name]}"), name)

    names = [*eager, *modules]
    return get_attribute, lambda: sorted(names), names
