"""Rows that were written for the merged entry while the merge itself was being written: they follow it.

Approving plans anew under the lock of both persons: what was committed by then is in the plan, and a plan that changed
is looked at again. Whoever takes the lock of the person too finds the entry gone. Whoever does not, and commits after
the merge, leaves a row that names an entry that has gone; foreign keys are checked at commit and find the entry still
there. A job brings such rows over a few minutes later, and undoing the merge takes them back with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import IntegrityError, transaction

from niangjia.commons.people.merging import ways
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.merging.plan import plan_for
from niangjia.commons.people.merging.states import MergeState
from niangjia.commons.people.models import Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.audit import entries as audit
from niangjia.platform.jobs import JobHandle, every


@every("people.merge_latecomers", "*/10 * * * *", label=_("补入合并后才到的记录"))
def bring_latecomers(job: JobHandle) -> dict[str, int]:
    """Bring over what was written for entries that had gone. Safe to run twice."""
    actor = Actor.system("people.merge_latecomers")
    return {"brought": sum(bring_over(public_id, actor=actor) for public_id in _with_rows())}


def _with_rows() -> Iterator[str]:
    """Applied merges whose merged entry something still names."""
    gone = Person.objects.filter(canonical__isnull=False)
    if not gone.exists():
        return
    named: set[int] = set()
    for person in gone.filter(pk__in=Merge.objects.filter(state=MergeState.APPLIED).values("merged")).iterator():
        if any(way.rows(person).exists() for way in ways.declared() if not way.stays):
            named.add(person.pk)
    yield from Merge.objects.filter(state=MergeState.APPLIED, merged__in=named).values_list("public_id", flat=True)


@transaction.atomic()
def bring_over(public_id: str, *, actor: Actor) -> int:
    """Let rows that still name the merged entry of an applied merge name the one that remains; how many.

    What stays with its entry, and what cannot stand beside a row of the other, stays.
    """
    merge = Merge.objects.select_for_update(of=("self",)).filter(public_id=public_id, state=MergeState.APPLIED).first()
    if merge is None:
        return 0
    persons = Person.objects.select_for_update(of=("self",), no_key=True).filter(
        pk__in=(merge.kept_id, merge.merged_id)
    )
    held = {one.pk: one for one in persons.order_by("pk")}
    kept, merged = held[merge.kept_id], held[merge.merged_id]
    if kept.canonical_id is not None or kept.erased_at is not None:
        return 0
    moves = plan_for(kept, merged, merge.choices).moves
    brought = {column: ids for column, ids in moves.items() if _brought(column, ids, merged, kept)}
    if brought:
        _note(merge, brought, actor)
    return sum(len(ids) for ids in brought.values())


def _brought(column: str, ids: tuple[int, ...], merged: Person, kept: Person) -> bool:
    way = next(way for way in ways.declared() if way.column == column)
    try:
        with transaction.atomic():
            way.give(ids, source=merged, target=kept)
    except IntegrityError:
        return False
    return True


def _note(merge: Merge, brought: dict[str, tuple[int, ...]], actor: Actor) -> None:
    rows = {column: list(ids) for column, ids in merge.moved["rows"].items()}
    for column, ids in brought.items():
        rows[column] = [*rows.get(column, ()), *ids]
    merge.moved = {**merge.moved, "rows": rows}
    merge.save(update_fields=["moved"])
    audit.record(
        actor,
        "people.merge.latecomers",
        subject_type=merge.subject_type,
        subject_id=merge.public_id,
        subject_key=merge.subject_key,
        node_id=merge.union_id,
        ground="merge",
        data={"rows": {column: len(ids) for column, ids in brought.items()}},
    )
