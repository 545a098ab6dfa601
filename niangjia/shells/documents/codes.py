"""The codes of all refusals, read from the source: a constant in capitals beside a marked sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import niangjia

_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_ASIDE = {"tests", "migrations"}


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
    paths = [path for path in sorted(root.rglob("*.py")) if not _ASIDE & set(path.relative_to(root).parts)]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    statuses = {name: status for tree in trees for name, status in _statuses(tree)}
    for tree in trees:
        yield from _in_tree(tree, statuses)


def _statuses(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Classes of refusals with their own ``status``, wherever they stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and _name(line.targets[0]) == "status":
                    yield node.name, ast.unparse(line.value)


def _in_tree(tree: ast.Module, statuses: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    module = _sentences_by_name(tree.body)
    for scope in _scopes(tree):
        named = module | _sentences_by_name(list(ast.walk(scope)))
        for call in (node for node in _own_nodes(scope) if isinstance(node, ast.Call) and len(node.args) >= 2):
            code, sentence = _constant(call.args[0]), _sentence(call.args[1], named)
            if sentence and _CODE.fullmatch(code) and len(code) > 3:
                yield code, statuses.get(_name(call.func), ""), sentence


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Everything in ``scope`` but what is in the functions inside it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef):
            waiting.extend(ast.iter_child_nodes(node))


def _sentences_by_name(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """``sentence = _("…")`` on a line of its own, as refusals that name a field are written."""
    return {
        target.id: sentence
        for node in nodes
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
