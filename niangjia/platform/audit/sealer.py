"""The chain over committed entries.

Sealing happens a few seconds after the act and outside its transaction, because a chain inside every transaction
would make all of them wait for one another. Whoever holds the head can prove later that nothing before it was
changed, removed, swapped or cut off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from niangjia.platform.audit.models import AuditEntry, AuditSeal

_START = "0" * 64
_LOCK = 7_120_351
_LATE_COMMITS = 100_000
"""How many ids a transaction may lag behind the newest sealed entry and still be sealed without a full scan."""


@dataclass(frozen=True)
class Problem:
    """A broken place of the chain."""

    position: int
    entry_id: int | None
    kind: str


def seal(*, limit: int = 50_000) -> int:
    """Chain up to ``limit`` committed entries that have no seal yet; returns how many."""
    with transaction.atomic():
        _lock()
        last = AuditSeal.objects.order_by("-position").first()
        position, head = (last.position, last.hash) if last else (0, _START)
        seals = []
        for entry in unsealed().order_by("id")[:limit].iterator(chunk_size=2000):
            position, head = position + 1, _link(head, entry)
            seals.append(AuditSeal(position=position, entry=entry, hash=head))
        AuditSeal.objects.bulk_create(seals, batch_size=2000)
    return len(seals)


def head() -> tuple[int, str]:
    """Position and hash of the newest seal; (0, zeros) when nothing is sealed."""
    last = AuditSeal.objects.order_by("-position").first()
    return (last.position, last.hash) if last else (0, _START)


def verify(expected: tuple[int, str] | None = None) -> list[Problem]:
    """Recompute the whole chain. ``expected`` is a head that was kept elsewhere: only it shows a cut tail."""
    problems: list[Problem] = []
    position, running = 0, _START
    for seal_row in _seals():
        position += 1
        if seal_row.position != position:
            problems.append(Problem(position, None, "missing"))
            position = seal_row.position
        running = _link(running, seal_row.entry)
        if running != seal_row.hash:
            problems.append(Problem(position, seal_row.entry_id, "changed"))
            running = seal_row.hash
        if expected and expected[0] == position and expected[1] != seal_row.hash:
            problems.append(Problem(position, seal_row.entry_id, "head_differs"))
    if expected and expected[0] > position:
        problems.append(Problem(expected[0], None, "cut_off"))
    return problems + _entries_without_a_seal()


def unsealed() -> QuerySet[AuditEntry]:
    """Committed entries without a seal; entries commit out of order, so a window behind the newest seal is read too."""
    newest = AuditSeal.objects.aggregate(id=Max("entry_id"))["id"] or 0
    return AuditEntry.objects.filter(id__gt=newest - _LATE_COMMITS, seal=None)


def _entries_without_a_seal() -> list[Problem]:
    """Entries older than the window that never got a seal: somebody put them in, or took their seal away."""
    newest = AuditSeal.objects.aggregate(id=Max("entry_id"))["id"] or 0
    rows = AuditEntry.objects.filter(id__lte=newest - _LATE_COMMITS, seal=None).values_list("id", flat=True)[:100]
    return [Problem(0, entry_id, "unsealed") for entry_id in rows]


def _seals() -> Iterator[AuditSeal]:
    return AuditSeal.objects.select_related("entry").order_by("position").iterator(chunk_size=2000)


def _lock() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _link(before: str, entry: AuditEntry) -> str:
    columns = {field.attname: entry.__dict__[field.attname] for field in AuditEntry._meta.concrete_fields}
    columns |= {"at": entry.at.isoformat(), "reason": columns["reason"].hex()}
    body = json.dumps(columns, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{before}{body}".encode()).hexdigest()
