"""imgcheck: which bytes a firmware build spends, on what, and whether devices can still take it."""

__version__ = "0.1.0"
