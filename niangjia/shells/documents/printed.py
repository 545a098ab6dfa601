"""What is printed into ``docs/`` from the code, so that the two cannot disagree.

A page keeps its own words; what stands between ``<!-- printed: NAME -->`` and ``<!-- end -->`` is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from django.apps import apps

from niangjia.commons.ledger.indicators import all_indicators
from niangjia.commons.parameters import parameters
from niangjia.kernel.machine import Machine, State
from niangjia.platform.lifecycle.models import Tracked
from niangjia.reports import wanted
from niangjia.shells.documents import codes

_PART = re.compile(r"(<!-- printed: (?P<name>[\w.-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages(docs: Path) -> Iterator[tuple[Path, str]]:
    """Every page that holds printed parts, with the text that it should have."""
    for page in sorted(docs.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        wanted = _PART.sub(lambda found: f"{found[1]}\n{_print(found['name'])}\n{found[3]}", text)
        if _PART.search(text):
            yield page, wanted


def machines() -> Mapping[str, Machine]:
    """Every machine of every installed app, by name."""
    found = [model.MACHINE for model in apps.get_models() if issubclass(model, Tracked)]
    return {machine.name: machine for machine in found}


def machine(name: str) -> str:
    """A machine as a diagram and two tables."""
    return drawn(machines()[name])


def drawn(table: Machine) -> str:
    """A machine that need not be installed, in the same form."""
    return "\n".join([*_diagram(table), "", *_states(table), "", *_moves(table), ""])


def _diagram(table: Machine) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"  [*] --> {table.initial}: {table.opening_label}"
    for move in table.moves:
        for source in move.sources:
            yield f"  {source} --> {move.target}: {move.label}"
    for state in table.states:
        if table.is_final(state.code):
            yield f"  {state.code} --> [*]"
    yield "```"


def _states(table: Machine) -> Iterator[str]:
    yield f"`{table.name}`, version {table.version}. {table.source}"
    yield ""
    yield "| state | 状态 | waits on | within | clock |"
    yield "|---|---|---|---|---|"
    for state in table.states:
        yield f"| `{state.code}` | {state.label} | {_waits(state)} |"


def _waits(state: State) -> str:
    wait = state.waits_for
    if wait is None:
        return "nobody | – | –"
    return f"`{wait.role}` | {f'`{wait.due}`' if wait.due else 'no deadline'} | {'paused' if wait.paused else 'runs'}"


def _moves(table: Machine) -> Iterator[str]:
    yield "| event | 操作 | from | to | reason |"
    yield "|---|---|---|---|---|"
    yield f"| `{table.opening}` | {table.opening_label} | – | `{table.initial}` | – |"
    for move in table.moves:
        sources, reason = ", ".join(f"`{source}`" for source in move.sources), "needed" if move.needs_reason else "–"
        yield f"| `{move.event}` | {move.label} | {sources} | `{move.target}` | {reason} |"


def error_codes(_name: str) -> str:
    """Every code that a refusal may carry."""
    rows = [f"| `{code}` | {status} | {' / '.join(sentences)} |" for code, status, sentences in codes.all_codes()]
    return "\n".join(["| code | status | sentence |", "|---|---|---|", *rows, ""])


def dated_parameters(_name: str) -> str:
    """Every declared parameter with its default."""
    rows = [
        f"| `{p.code}` | {p.label} | {p.schema} | {p.default} {p.unit or ''} | {p.source} |"
        for p in parameters.declared()
    ]
    return "\n".join(["| code | 参数 | kind | default | source |", "|---|---|---|---|---|", *rows, ""])


def indicators(_name: str) -> str:
    """Every indicator with its definition."""
    rows = [
        f"| `{i.code}` | {i.label} | {i.unit.label} | {i.kind} | {i.version} | {i.definition} |"
        for i in all_indicators()
    ]
    return "\n".join(["| code | 指标 | unit | kind | version | definition |", "|---|---|---|---|---|---|", *rows, ""])


def wanted_figures(_name: str) -> str:
    """Every line of our own table of wanted figures, and how it is asked or why it cannot be."""
    lines = wanted.read((Path("acceptance") / "figures.csv").read_text(encoding="utf-8").splitlines())
    rows = [
        f"| {line.id} | {line.row} | {line.body} | {line.period} | {line.indicator} "
        f"| {line.qualifier} {line.value} {line.unit} | {_asked(line)} |"
        for line in lines
    ]
    reportable = sum(wanted.ask_of(line) is not None for line in lines)
    counted = f"{reportable} of {len(lines)} lines are reportable."
    head = "| line | row | body | period | figure | wanted | asked of, or why not |"
    return "\n".join([counted, "", head, "|---|---|---|---|---|---|---|", *rows, ""])


def _asked(line: wanted.Wanted) -> str:
    ask = wanted.ask_of(line)
    if ask is None:
        return f"not reportable: {wanted.why_not(line.row)}"
    indicator, is_target = ask
    codes = " + ".join(f"`{one.code}`" for one in (indicator, *wanted.further(line)))
    return f"{'target ' if is_target else ''}{codes} of `{wanted.body_code(line.body)}`"


_PRINTERS: Mapping[str, Callable[[str], str]] = {
    "error-codes": error_codes,
    "parameters": dated_parameters,
    "indicators": indicators,
    "wanted-figures": wanted_figures,
}


def _print(name: str) -> str:
    return _PRINTERS.get(name, machine)(name)
