"""The source code as data."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "niangjia"


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(*, tests: bool = False, migrations: bool = False) -> list[Path]:
    """Every Python file of the package."""
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if (tests or "tests" not in _inside(path)) and (migrations or "migrations" not in _inside(path))
    ]


def _inside(path: Path) -> tuple[str, ...]:
    return path.relative_to(PACKAGE).parts


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    """``f(…)`` → f, ``a.b.f(…)`` → b.f."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    if isinstance(call.func, ast.Attribute):
        owner = call.func.value
        prefix = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        return f"{prefix}.{call.func.attr}"
    return ""
