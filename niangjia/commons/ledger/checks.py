"""What must hold inside the ledger itself."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from niangjia.commons.ledger.books import Difference
from niangjia.commons.ledger.models import DimSet, LedgerRow, RowProgramme

_SAME = ("day", "programme", "measure", "union_id", "dimset_id", "source_type", "source_id", "subject_key")
_SAME_IF_ANY = ("person_id", "household_id", "employer_id")


def differences() -> Iterator[Difference]:
    """Reversals that are not whole, rows whose facts are missing, programmes of rows that do not exist."""
    for pk in _unequal_reversals():
        yield Difference("ledger", f"reversal {pk}", "whole", "not whole")
    for pk in _one_sided():
        yield Difference("ledger", f"row {pk}", "reversal named by both rows", "named by one")
    without = LedgerRow.objects.filter(~Exists(DimSet.objects.filter(id=OuterRef("dimset_id"))))
    for pk in without.values_list("id", flat=True).iterator():
        yield Difference("ledger", f"row {pk}", "facts", "none")
    orphans = RowProgramme.objects.filter(~Exists(LedgerRow.objects.filter(id=OuterRef("row_id"))))
    for pk in orphans.values_list("row_id", flat=True).iterator():
        yield Difference("ledger", f"programme of row {pk}", "row", "none")


def member_differences() -> Iterator[Difference]:
    """The stock of members of every union against its current memberships."""
    from niangjia.commons.people import queries as people
    from niangjia.commons.people.records import MEMBERS

    sums = LedgerRow.objects.live().filter(measure=MEMBERS).values_list("union_id").annotate(sum=Sum("qty"))
    found: dict[int, int] = dict(sums.order_by())
    expected = people.members_by_union()
    for union_id in sorted({*found, *expected}):
        if found.get(union_id, 0) != expected.get(union_id, 0):
            what = f"members of union {union_id}"
            yield Difference("members", what, str(expected.get(union_id, 0)), str(found.get(union_id, 0)))


def _unequal_reversals() -> Iterator[int]:
    whole = LedgerRow.objects.filter(
        id=OuterRef("reverses"),
        reversed_by=OuterRef("id"),
        qty=-1 * OuterRef("qty"),
        fen=-1 * OuterRef("fen"),
        **{name: OuterRef(name) for name in _SAME},
    )
    for name in _SAME_IF_ANY:
        whole = whole.alias(**{f"{name}_or_none": Coalesce(name, 0)})
        whole = whole.filter(**{f"{name}_or_none": Coalesce(OuterRef(name), 0)})
    reversals = LedgerRow.objects.filter(reverses__isnull=False).filter(~Exists(whole))
    yield from reversals.values_list("id", flat=True).iterator()


def _one_sided() -> Iterator[int]:
    back = Subquery(LedgerRow.objects.filter(id=OuterRef("reversed_by")).values("reverses")[:1])
    reversed_rows = LedgerRow.objects.filter(reversed_by__isnull=False).annotate(back=back)
    yield from reversed_rows.filter(Q(back__isnull=True) | ~Q(back=F("id"))).values_list("id", flat=True).iterator()
