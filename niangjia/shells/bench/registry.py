"""What can be measured. A benchmark prints nothing itself; it gives figures and, if it likes, a flat summary."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

MODULES = ("benchmarks", "sign_in", "rush", "report", "join", "enrol", "reimburse")
"""Modules of this package that declare benchmarks."""

SECONDS = 5.0

Options = Mapping[str, Any]
Summary = Mapping[str, str | int | float | bool]


@dataclass(frozen=True)
class Line:
    """One measured figure."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Outcome:
    """What a run found. ``summary`` is the flat object that ends the output of ``--json``; empty: none is printed."""

    lines: Sequence[Line]
    summary: Summary = field(default_factory=dict)


def _seconds(parser: ArgumentParser) -> None:
    """The option of a benchmark that says no other: how long each thing is measured."""
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each thing is measured")


@dataclass(frozen=True)
class Benchmark:
    """``arguments`` adds the benchmark's own options to its parser, ``run`` receives them by name."""

    name: str
    about: str
    run: Callable[[Options], Outcome]
    arguments: Callable[[ArgumentParser], None] = _seconds


_registered: dict[str, Benchmark] = {}


def benchmark(
    name: str, about: str, *, arguments: Callable[[ArgumentParser], None] = _seconds
) -> Callable[[Callable[[Options], Outcome]], Callable[[Options], Outcome]]:
    """Register the decorated function as ``niangjia bench NAME``."""

    def register(run: Callable[[Options], Outcome]) -> Callable[[Options], Outcome]:
        _registered[name] = Benchmark(name, about, run, arguments)
        return run

    return register


def registered() -> dict[str, Benchmark]:
    """Every benchmark by name."""
    for module in MODULES:
        import_module(f"niangjia.shells.bench.{module}")
    return dict(sorted(_registered.items()))
