"""
Public names of a package that are imported on first use, so that the package imports fast.
"""

from __future__ import annotations

# To import `typing` would take longer than all the rest; type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy_exports(
    package: str, exports: Mapping[str, tuple[str, ...]], *eager: str
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """
    Make the `__getattr__`, `__dir__` and `__all__` of a package.

    Args:
        package: The name of the package.
        exports: From each module, relative to the package, to the public names that it defines.
        eager: Public names that the package defines itself.
    """
    modules = {name: module for module, names in exports.items() for name in names}

    def get_attribute(name: str) -> object:
        if name not in modules:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        # Imported late: it takes longer than all the rest of this module.
        from importlib import import_module

        return getattr(import_module(f"{package}.{modules[name]}"), name)

    public = sorted([*eager, *modules])
    return get_attribute, lambda: public, public
