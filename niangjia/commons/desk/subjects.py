"""What rooms tell the desk about their objects, in bulk, at the moment of showing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text


@dataclass(frozen=True)
class DeskLine:
    """How one object reads on a desk: its number, a title, what is asked, and where to act."""

    number: str
    title: str
    detail: str
    url: str


Lines = Callable[[Actor, Sequence[int]], Mapping[int, DeskLine]]


@dataclass(frozen=True)
class Subject:
    """``lines(actor, ids)`` must leave out what the actor may not see: visibility holds on the desk too."""

    subject_type: str
    label: Text
    lines: Lines


_subjects: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    """Make a kind of object known to the desk. Called from a room's ``AppConfig.ready``."""
    _subjects[subject.subject_type] = subject


def find(subject_type: str) -> Subject | None:
    return _subjects.get(subject_type)


def known() -> tuple[str, ...]:
    return tuple(_subjects)
