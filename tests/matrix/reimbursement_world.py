"""What the matrix calls on in secondary reimbursement: of two districts a feed, a round with a case, and a settlement
that matched nobody."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction

from niangjia.commons.payments import testing as money
from niangjia.commons.people.models import Person
from niangjia.commons.rosters import content
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.reimbursement import actions
from niangjia.services.reimbursement.feeds import sheets
from niangjia.services.reimbursement.models import Case, Feed, Lost
from niangjia.services.reimbursement.rules import Before, Rates, compute, document_of
from niangjia.services.reimbursement.testing import nothing_by_chance
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = Actor.system("matrix")
PLACES = {"EAST-1": "EAST", "WEST-1": "WEST"}
COUNTS = {"rows": 2, "due": 1, "unmatched": 1}
DAY = date(2026, 1, 5)
PAID = 100_000

for kind in ("feed", "round", "reimbursement", "lost"):
    MISSING.setdefault(kind, A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    nothing_by_chance(world.unions["CITY"])
    for serial, (place, district) in enumerate(PLACES.items()):
        money.a_fund(world.unions[district], fund="reimbursement")
        feed = _feed(world, district, serial)
        _case(world, place, district)
        _lost(world, feed, district, serial)


def _feed(world: World, district: str, serial: int) -> Feed:
    union = world.unions[district]
    feed = Feed(
        number=f"JS2026-900000{serial}-0", office=union, union=union, content_hash=f"{serial:064d}", programme="general"
    )
    lifecycle.open(feed, actor=SYSTEM, decision=allow("matrix"))
    actions.check_roster(public_id=feed.public_id, actor=SYSTEM)
    actions.present_roster(public_id=feed.public_id, counts=COUNTS, actor=SYSTEM)
    world.add("feed", feed.public_id, district)
    return feed


def _case(world: World, place: str, district: str) -> None:
    person = Person.objects.get(user_id=world.actors[f"joined@{place}"].user_id)
    rates, before = Rates(0, 50, 20_000_000), Before()
    result = compute(rates, before, PAID)
    with transaction.atomic():
        round_ = actions.open_round(union_id=world.unions[district].pk, programme="general", actor=SYSTEM)
        case = Case(
            programme="general", round=round_, transaction=f"YB{place}", kind="outpatient", from_day=DAY, to_day=DAY,
            year=DAY.year, person=person, owner_key=person.public_id, union=world.unions[place], self_paid_fen=PAID,
            fen=result.fen, document=document_of(rates, before, result),
        )  # fmt: skip
        actions.compute(made=[case], actor=SYSTEM)
    world.add("round", round_.public_id, district)
    world.add("reimbursement", case.public_id, district, f"joined@{place}")


def _lost(world: World, feed: Feed, district: str, serial: int) -> None:
    lost = Lost(
        programme="general", union=world.unions[district], feed=feed, transaction=f"YB9{serial:06d}", kind="inpatient",
        from_day=DAY, to_day=DAY, self_paid_fen=PAID, cause="unknown_number",
    )  # fmt: skip
    lost.content = content.written(content.Content({sheets.NAME: "哨兵某"}, {}))
    lifecycle.open(lost, actor=SYSTEM, decision=allow("matrix"))
    world.add("lost", lost.public_id, district)
