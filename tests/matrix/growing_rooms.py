"""More of what the rooms list: claims, money, files and their rows, unions, and the records behind a figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from niangjia.commons.desk.models import DeskItem
from niangjia.commons.ledger import indicators
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments.models import Batch, Payment, StrayLine
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.unions.models import UnionSpan
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.jobs.models import Job
from niangjia.services.joining.exits.models import Exit
from niangjia.services.joining.models import Application
from niangjia.services.joining.rosters.models import Roster, RosterRow
from niangjia.services.joining.stalls.models import Stall
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.offers.models import Campaign, Supplier
from niangjia.services.protection.claim_models import Claim, Condolence
from niangjia.services.protection.enrolment.models import Roster as CoverRoster
from niangjia.services.protection.purchases.models import Credit, Purchase
from niangjia.services.reimbursement.models import Case, Feed, Lost, Round
from tests.matrix.growing import more_of

_number = count(1_000)


def places(made: Iterable[Any]) -> Callable[[int], int]:
    """The key of the row made at the same place."""
    keys = [one.pk for one in made]
    return lambda place: keys[place]


def fresh(prefix: str, width: int) -> Callable[[int], str]:
    return lambda _place: f"{prefix}{next(_number):0{width}}"


def over(model: Any, state: str, **changed: Any) -> Callable[[Any, int], None]:
    """Copies of the first row of ``model``, all over and done with."""

    def grow(_world: Any, number: int) -> None:
        more_of(model.objects.order_by("pk").first(), number, state=state, **changed)

    return grow


def more_cases(_world: Any, number: int) -> None:
    more_of(Case.objects.order_by("pk").first(), number, state="dropped")


def more_payments_of_a_batch(world: Any, number: int) -> None:
    batch = Batch.objects.get(public_id=world.at("batch_prepared", "EAST").key)
    more_of(
        Payment.objects.filter(batch=batch).first(),
        number,
        state="cancelled",
        has_account=False,
        attempt=lambda place: 100 + number + place,
    )


def more_rows(world: Any, number: int) -> None:
    roster = Roster.objects.get(public_id=world.at("roster", "EAST-1").key)
    if not RosterRow.objects.filter(roster=roster).exists():
        RosterRow.objects.create(roster=roster, number=1, outcome="new", public_id="a" * 24)
    more_of(RosterRow.objects.filter(roster=roster).first(), number, number=lambda _: next(_number))


def more_lost(_world: Any, number: int) -> None:
    more_of(Lost.objects.order_by("pk").first(), number, transaction=fresh("YB8", 6))


def more_entries(_world: Any, number: int) -> None:
    more_of(AuditEntry.objects.order_by("pk").last(), number, trace="grown")


def more_jobs(_world: Any, number: int) -> None:
    more_of(Job.objects.order_by("pk").first(), number, once_key=None)


def more_suppliers(_world: Any, number: int) -> None:
    more_of(Supplier.objects.order_by("pk").first(), number, name=fresh("山野合作社", 5))


def more_unions(world: Any, number: int) -> list[Any]:
    """Firms under a street."""
    firm, street = world.unions["FIRM"], world.unions["EAST-1"]
    made = more_of(firm, number, code=fresh("F", 8))
    for span in UnionSpan.objects.filter(union=firm, valid_to=None):
        path = UnionSpan.objects.get(union=street, axis=span.axis, valid_to=None).path
        more_of(span, number, union_id=places(made), path=lambda place, above=path: f"{above}{made[place].pk}.")
    return made


def more_waiting_below(world: Any, number: int) -> None:
    item = DeskItem.objects.open().filter(subject_type="joining.application", union=world.unions["FIRM"]).first()
    more_of(item, number, union_id=places(more_unions(world, number)), subject_id=lambda _: -next(_number))


def more_records(world: Any, number: int) -> None:
    """People who joined, each a record behind the figure."""
    joined = indicators.find("joined").measure
    row = LedgerRow.objects.filter(measure=joined, union_id=world.unions["EAST-1"].pk, reverses=None).first()
    made = more_of(Application.objects.get(pk=row.source_id), number, identity_check=True)
    more_of(row, number, source_id=places(made), person_id=None)


def more_credits(_world: Any, number: int) -> None:
    credit = Credit.objects.order_by("pk").first()
    bought = more_of(credit.purchase, number, state="cancelled", roster_id=None)
    more_of(credit, number, state="refunded", purchase_id=places(bought))


def waiting(kind: str, who: str, model: Any, **changed: Any) -> Callable[[Any, int], None]:
    """More of what lies on a desk: objects of a room, each with an item of its own. An item has a state of its own, so
    the objects may be over where only one of them may stand open."""

    def grow(world: Any, number: int) -> None:
        held = world.officers[who].grants
        items = DeskItem.objects.open().filter(subject_type=kind, role__in={grant.role for grant in held})
        item = items.filter(union__in={grant.node_id for grant in held}).first()
        made = more_of(model.objects.get(pk=item.subject_id), number, **changed)
        more_of(item, number, subject_id=places(made))

    return grow


def at(address: str) -> Callable[[Any], str]:
    return lambda _world: address


def named(pattern: str, kind: str, place: str) -> Callable[[Any], str]:
    return lambda world: pattern.format(world.at(kind, place).key)


def opened(world: Any) -> str:
    return f"/console/report/{world.unions['EAST-1'].public_id}/joined/?period=2026"


def of_union(world: Any) -> str:
    return f"/console/unions/{world.unions['EAST-1'].public_id}/"


PROTECTION, REIMBURSEMENT = "/console/protection", "/console/reimbursement"
LISTS = {
    "claims": (at(f"{PROTECTION}/"), "district", over(Claim, "withdrawn")),
    "condolences": (at(f"{PROTECTION}/condolences/"), "district", over(Condolence, "declined")),
    "purchases of cover": (at(f"{PROTECTION}/purchases/"), "district", over(Purchase, "cancelled")),
    "what purchases leave over": (at(f"{PROTECTION}/purchases/credits/"), "district", more_credits),
    "files of the insured": (at(f"{PROTECTION}/rosters/"), "district", over(CoverRoster, "discarded")),
    "settlement files": (at(f"{REIMBURSEMENT}/"), "reviewer", over(Feed, "discarded")),
    "rounds": (at(f"{REIMBURSEMENT}/rounds/"), "reviewer", over(Round, "called_off")),
    "cases of a round": (named(f"{REIMBURSEMENT}/rounds/{{}}/", "round", "EAST"), "reviewer", more_cases),
    "settlements of nobody": (at(f"{REIMBURSEMENT}/lost/"), "reviewer", more_lost),
    "batches": (at("/console/payments/batches/"), "preparer", over(Batch, "discarded")),
    "lines that nobody places": (
        at("/console/payments/strays/?state=set_aside"), "preparer",
        over(StrayLine, "set_aside", fingerprint=fresh("", 64)),
    ),
    "payments of a batch": (
        named("/console/payments/batches/{}/", "batch_prepared", "EAST"), "preparer", more_payments_of_a_batch,
    ),
    "files of members": (at("/console/joining/rosters/"), "officer", over(Roster, "discarded")),
    "rows of a file": (named("/console/joining/rosters/{}/", "roster", "EAST-1"), "officer", more_rows),
    "transfers": (at("/console/joining/transfers/"), "officer", over(Transfer, "withdrawn")),
    "deemed exits": (at("/console/joining/exits/"), "officer", over(Exit, "kept")),
    "stalls": (at("/console/joining/stalls/"), "officer", over(Stall, "ended", name=lambda _: f"{next(_number):x}")),
    "merges": (at("/console/merges/"), "officer", over(Merge, "refused")),
    "audit trail": (at("/console/audit/?trace=grown"), "audit_admin", more_entries),
    "jobs": (at("/console/jobs/"), "system_admin", more_jobs),
    "campaigns": (at("/console/offers/"), "district", over(Campaign, "called_off")),
    "suppliers": (at("/console/offers/suppliers/"), "district", more_suppliers),
    "unions": (at("/console/unions/"), "officer", more_unions),
    "page of a union": (of_union, "officer", more_unions),
    "desks below": (at("/console/desk/below/"), "officer", more_waiting_below),
    "records behind a figure": (opened, "officer", more_records),
}  # fmt: skip
"""Address, who opens it, and what makes it longer."""

DESKS = {
    "desk of claims": ("firm", waiting("protection.claim", "firm", Claim, state="withdrawn")),
    "desk of claims at the district": ("reviewer", waiting("protection.claim", "reviewer", Claim, state="withdrawn")),
    "desk of condolences": ("reviewer", waiting("protection.condolence", "reviewer", Condolence)),
    "desk of applications": ("officer", waiting("joining.application", "officer", Application, state="withdrawn")),
    "desk of transfers": ("officer", waiting("joining.transfer", "officer", Transfer, state="withdrawn")),
    "desk of merges": ("officer", waiting("people.merge", "officer", Merge, state="refused")),
    "desk of payments": ("preparer", waiting("payments.batch", "preparer", Batch)),
    "desk of lines that nobody places": (
        "preparer",
        waiting("payments.strayline", "preparer", StrayLine, state="set_aside", fingerprint=fresh("", 64)),
    ),
    "desk of rounds": ("reviewer", waiting("reimbursement.round", "reviewer", Round, state="called_off")),
}
"""Who works there, and what makes it longer. Each room lends its lines to it."""
