"""Which version runs."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version as of_package


@cache
def version() -> str:
    """The version of the installed package."""
    return of_package("niangjia")
