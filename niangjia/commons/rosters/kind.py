"""What makes one room's files different from another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from niangjia.commons.rosters.models import Serial, StagedRoster, StagedRow
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.machine import Machine
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import Text
from niangjia.platform.sheets.table import Heading
from niangjia.platform.sheets.write import Column

R = TypeVar("R", bound=StagedRoster)


def _nothing(_rows: Any) -> None:
    """Most rows leave nothing behind them."""


def _no_columns(_roster: Any) -> Mapping[str, Any]:
    """Most files keep their columns when they are checked anew."""
    return {}


@dataclass(frozen=True)
class Kind(Generic[R]):
    """One kind of staged files.

    ``prefix`` begins their readable numbers. ``headings`` find the columns of a file, ``keys`` is the order in which
    the reader gets their cells, ``columns`` are those of the template and of the workbook that gives rows back.
    ``outcomes`` names what may become of a row, in the order of the page; those of ``taken`` are applied, those of
    ``bad`` are given back. ``visible``, ``may_work`` and ``may_apply`` are the room's policies. ``obstacle`` says why
    a file may not be applied on a day, ``second_eyes`` whether two people must agree, ``kept_days`` how long it is
    kept after its end. ``forget`` hears of staged rows before they are taken away, ``reset`` gives columns that a new
    check sets back.
    """

    machine: Machine
    roster: type[R]
    rows: type[StagedRow]
    serial: type[Serial]
    prefix: str
    headings: Sequence[Heading]
    keys: Sequence[str]
    columns: Sequence[Column]
    outcomes: Mapping[Any, Text]
    taken: tuple[str, ...]
    bad: tuple[str, ...]
    visible: Callable[[Actor], Any]
    may_work: Callable[[Actor, R], Decision]
    may_apply: Callable[[Actor, R], Decision]
    obstacle: Callable[[R, date], RuleBroken | None]
    second_eyes: Callable[[R, date], bool]
    kept_days: Callable[[R, date], int]
    forget: Callable[[Any], None] = _nothing
    reset: Callable[[R], Mapping[str, Any]] = _no_columns

    @property
    def name(self) -> str:
        """The machine's name, which is the type of the subject as well."""
        return self.machine.name

    @property
    def check_job(self) -> str:
        return f"{self.name}_check"

    @property
    def apply_job(self) -> str:
        return f"{self.name}_apply"

    def rows_of(self, roster: R) -> Any:
        """The staged rows of a file."""
        rows: Any = self.rows._default_manager
        return rows.filter(roster=roster.pk)
