"""The codes of all refusals, read from the source: a constant in capitals beside a marked sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import niangjia
from niangjia.kernel import errors

_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_STATUSES = {
    name: kind.status
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.DomainError)
}


def all_codes() -> list[tuple[str, str, list[str]]]:
    """Each code with its HTTP statuses and the sentences it comes with, by code."""
    found: dict[str, tuple[set[str], dict[str, None]]] = {}
    for code, status, sentence in _found():
        statuses, sentences = found.setdefault(code, (set(), {}))
        statuses.update({status} if status else ())
        sentences[sentence] = None
    return [
        (code, ", ".join(sorted(statuses)) or "422", list(sentences))
        for code, (statuses, sentences) in sorted(found.items())
    ]


def _found() -> Iterator[tuple[str, str, str]]:
    root = Path(niangjia.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            yield from _in_source(path.read_text(encoding="utf-8"))


def _in_source(text: str) -> Iterator[tuple[str, str, str]]:
    tree = ast.parse(text)
    named = _sentences_by_name(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) >= 2):
        code, sentence = _constant(call.args[0]), _sentence(call.args[1], named)
        if sentence and _CODE.fullmatch(code) and len(code) > 3:
            yield code, str(_STATUSES.get(_name(call.func), "")), sentence


def _sentences_by_name(tree: ast.Module) -> dict[str, str]:
    """``sentence = _("…")`` on a line of its own, as refusals that name a field are written."""
    return {
        target.id: sentence
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and (sentence := _marked(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _sentence(node: ast.expr, named: dict[str, str]) -> str:
    return named.get(node.id, "") if isinstance(node, ast.Name) else _marked(node)


def _marked(node: ast.expr) -> str:
    is_mark = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args
    return _constant(node.args[0]) if is_mark and isinstance(node, ast.Call) else ""


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
