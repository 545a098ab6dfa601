"""The field register: purpose, ground and retention of every field (PIPL 6, 19).

``register.toml`` of this app holds what the platform and its commons store; an app may bring its own beside its models.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

FILE = "register.toml"


class Kind(StrEnum):
    SENSITIVE = "sensitive"
    PERSONAL = "personal"
    ORGANISATION = "organisation"
    TECHNICAL = "technical"
    SECRET = "secret"  # noqa: S105 - a kind of field

    @property
    def about_a_person(self) -> bool:
        return self in (Kind.SENSITIVE, Kind.PERSONAL)


@dataclass(frozen=True)
class Words:
    """A text in both languages of the portal."""

    zh: str
    en: str

    def in_language(self, code: str) -> str:
        return self.en if code.startswith("en") else self.zh


@dataclass(frozen=True)
class Entry:
    """One paragraph of the register. ``patterns`` are ``app.Model.field`` with ``*``.

    ``months``: how long after its end it is kept, None where no number of months says it.
    """

    patterns: tuple[str, ...]
    kind: Kind
    purpose: Words
    basis: Words
    retention: Words
    months: int | None = None


@dataclass(frozen=True)
class Kept:
    """How long something is kept: in words, and in months where a job lets it go by the clock."""

    words: Words
    months: int | None


def entries() -> tuple[Entry, ...]:
    """All paragraphs: this app's first, then those of other apps. Raises ValueError when a file has a gap."""
    folders = [Path(config.path) for config in apps.get_app_configs()]
    own = Path(__file__).parent
    files = [own / FILE, *(folder / FILE for folder in folders if folder != own and (folder / FILE).exists())]
    bases: dict[str, Words] = {}
    retentions: dict[str, Kept] = {}
    found: list[Entry] = []
    for file in files:
        content = _read(file)
        bases |= {code: Words(**words) for code, words in content.get("bases", {}).items()}
        retentions |= {code: _kept(words) for code, words in content.get("retentions", {}).items()}
        found += [_entry(file, paragraph, bases, retentions) for paragraph in content.get("entry", [])]
    return tuple(found)


def months_of(retention: str) -> int:
    """The months of a retention of this app's register. Raises LookupError when it has none."""
    kept = _kept(_read(Path(__file__).parent / FILE)["retentions"][retention])
    if kept.months is None:
        raise LookupError(retention)
    return kept.months


def entry_for(label: str, among: Sequence[Entry] | None = None) -> Entry | None:
    """The paragraph for a field such as ``people.Person.phone``: of several that match, the most exact pattern's.

    ``among`` are paragraphs that were read already; without them the files are read.
    """
    known = entries() if among is None else among
    patterns = ((pattern, entry) for entry in known for pattern in entry.patterns)
    matches = [(_exactness(pattern), entry) for pattern, entry in patterns if fnmatchcase(label, pattern)]
    return max(matches, key=lambda match: match[0])[1] if matches else None


def labels() -> Iterator[tuple[str, models.Field[Any, Any]]]:
    """Every stored field of every model of ours and of third-party rooms, with its label."""
    for model in apps.get_models():
        if model._meta.app_config is not None and not model._meta.app_config.name.startswith("django."):
            for field in model._meta.local_concrete_fields:
                yield f"{model._meta.label}.{field.name}", field


def unregistered() -> list[str]:
    """Labels of fields that no paragraph covers; the build fails unless it is empty."""
    return [label for label, _field in labels() if entry_for(label) is None]


def _exactness(pattern: str) -> tuple[int, int]:
    return -pattern.count("*"), len(pattern)


@cache
def _read(file: Path) -> Mapping[str, Any]:
    with file.open("rb") as stream:
        return tomllib.load(stream)


def _kept(words: Mapping[str, Any]) -> Kept:
    return Kept(Words(zh=words["zh"], en=words["en"]), words.get("months"))


def _entry(file: Path, paragraph: Mapping[str, Any], bases: Mapping[str, Words], kept: Mapping[str, Kept]) -> Entry:
    try:
        return Entry(
            patterns=tuple(paragraph["fields"]),
            kind=Kind(paragraph["kind"]),
            purpose=Words(**paragraph["purpose"]),
            basis=bases[paragraph["basis"]],
            retention=kept[paragraph["retention"]].words,
            months=kept[paragraph["retention"]].months,
        )
    except (KeyError, TypeError, ValueError) as gap:
        raise ValueError(f"{file}: {paragraph.get('fields')}: {gap}") from gap
