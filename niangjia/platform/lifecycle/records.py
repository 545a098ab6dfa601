"""What a move leaves in the ledger, described by the room and written by whoever fills the ledger slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Record:
    """One service rendered, or one change of a stock, at a node of the tree.

    ``programme`` and ``measure`` are codes; ``qty`` counts the measure's unit (negative only for stock), ``fen`` is
    money in fen. At most one of person, household and employer is named. ``day`` is the day it counts for, today if
    None. ``dims`` are the facts as of the act (category, sex, age band, …). ``programmes`` are further programmes
    that the same record belongs to. ``takes_back``: it undoes an earlier record of the same object that differs in
    nothing but the sign; that one is reversed whole, and the record is booked by itself only where there is none.
    """

    programme: str
    measure: str
    node_id: int
    qty: int = 1
    fen: int = 0
    person_id: int | None = None
    household_id: int | None = None
    employer_id: int | None = None
    day: date | None = None
    dims: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["flow", "stock"] = "flow"
    programmes: tuple[str, ...] = ()
    takes_back: bool = False
