"""imgcheck: which bytes a firmware build spends, on what, and whether devices can still take it.

The Python API is what `__all__` names; docs/api.md describes it, and a change of it is told in the changelog.
"""

from importlib import import_module

__version__ = "0.2.0"
__all__ = ["__version__", "check", "diff", "features", "identify", "plan", "report"]


def __getattr__(name: str) -> object:
    # Imported when it is asked for: `imgcheck --version` needs nothing of it, and no room may see another's.
    if name in __all__:
        return getattr(import_module("imgcheck.api.door"), name)
    raise AttributeError(f"module 'imgcheck' has no attribute {name!r}")
