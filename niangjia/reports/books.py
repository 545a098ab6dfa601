"""The members that the ledger counts are the memberships that stand."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Sum

from niangjia.commons.ledger.books import Difference, register
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people.queries import members_by_union
from niangjia.commons.people.records import MEMBERS


def check() -> Iterator[Difference]:
    """Union by union; a union is named by its number."""
    rows = LedgerRow.objects.filter(measure=MEMBERS).values_list("union_id").annotate(sum=Sum("qty"))
    counted = {union: number for union, number in rows if number}
    standing = {union: number for union, number in members_by_union().items() if number}
    for union in sorted(counted.keys() | standing.keys()):
        if counted.get(union, 0) != standing.get(union, 0):
            yield Difference("members", f"union {union}", str(standing.get(union, 0)), str(counted.get(union, 0)))


def declare() -> None:
    """Called when the app is ready."""
    register("members", check)
