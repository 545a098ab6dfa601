"""The inventory: every address of the resolver and every operation of the API, read from the program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

NOT_OURS = {"/api/v1/"}
"""Ninja's own root, which only helps to reverse names and answers 404."""


def inventory() -> dict[str, set[str]]:
    """Path pattern to methods: what the operations of the API say, GET and POST for every page."""
    found: dict[str, set[str]] = {}
    for path, view in _walk(get_resolver().url_patterns, "/"):
        found.setdefault(path, set()).update(_methods(view))
    return {path: methods for path, methods in found.items() if path not in NOT_OURS}


def _walk(patterns: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def _methods(view: Any) -> set[str]:
    for cell in getattr(view, "__closure__", None) or ():
        operations = getattr(cell.cell_contents, "operations", ())
        if operations:
            return {method for operation in operations for method in operation.methods}
    return {"GET", "POST"}
