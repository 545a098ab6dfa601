"""Ready values for the parts of a page: views fill them, templates only draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from niangjia.kernel.text import Text
from niangjia.platform.web.tones import Status

Words = Text | str


@dataclass(frozen=True)
class Fact:
    """One line of a summary list. ``change_url`` offers to change it, ``note`` explains it in small print."""

    label: Words
    value: Any
    change_url: str = ""
    note: Words = ""


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened, or that will happen when ``future``."""

    title: Words
    at: datetime | date | None = None
    who: Words = ""
    detail: Words = ""
    tone: str = "info"
    future: bool = False


@dataclass(frozen=True)
class MoveButton:
    """A move that the viewer may make, or, with ``refusal``, why they may not: then it is grey with the sentence."""

    label: Words
    url: str
    refusal: Words | None = None
    primary: bool = False
    danger: bool = False


@dataclass(frozen=True)
class Crumb:
    """One step of the path above a title; the last has no address."""

    label: Words
    url: str = ""


@dataclass(frozen=True)
class Step:
    """One page of a procedure."""

    label: Words
    url: str = ""
    state: str = "later"

    @classmethod
    def row(cls, labels: Sequence[Words], current: int) -> list[Step]:
        """Steps of which ``current`` (from 0) is being done, those before it are finished."""
        states = ["done" if index < current else "now" if index == current else "later" for index in range(len(labels))]
        return [cls(label, state=state) for label, state in zip(labels, states, strict=True)]


@dataclass(frozen=True)
class Figure:
    """A number with what it is compared to. ``spark`` are earlier values, oldest first."""

    label: Words
    value: str
    unit: Words = ""
    last: Words = ""
    target: Words = ""
    url: str = ""
    spark: Sequence[float] = ()
    trend: str = ""


@dataclass(frozen=True)
class Receipt:
    """What somebody takes home after a step: number, what happens next, by when, whom to ask."""

    title: Words
    number: str
    next_step: Words
    by: datetime | date | None = None
    ask: Words = ""
    status: Status | None = None
    facts: Sequence[Fact] = ()
