"""Group plans bought in the demonstration: one in force, one whose money came in in part, one that was cancelled and is
paid back, and one that cannot be ordered because too few of the staff are on its list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from django.db.models import Count

from niangjia.commons.payments.demo import identified
from niangjia.commons.people.models import Membership
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.testing import staff
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import age_on
from niangjia.services.protection import actions, demo_lists, testing
from niangjia.services.protection.models import Plan, PlanVersion
from niangjia.services.protection.purchases import buying, settling
from niangjia.services.protection.purchases.models import Purchase
from niangjia.services.protection.purchases.testing import TAX_NUMBER

EMPLOYER = "110114011-P01"
BUYER, PREPARER, RELEASER = "chair", "preparer", "releaser"
LARGEST = 40
"""Units of at most so many members buy, that the lists are short."""

AHEAD, BACK = 12, 5
"""Protection begins in so many days; it was ordered so many days ago."""

_references = count(1)


def fill(city: Any, plan: Plan) -> None:
    """Four purchases, of a firm and of small unions."""
    identified(city, PREPARER)
    identified(city, RELEASER)
    ready = _sound(city, plan)
    for step in (_in_force, _paid_in_part, _cancelled):
        if (purchase := next(ready, None)) is None:
            return
        with clock.travelling(city.day - timedelta(days=BACK)):
            actions.order_purchase(public_id=purchase.public_id, actor=_hand(city, BUYER))
            actions.invoice_purchase(public_id=purchase.public_id, actor=_hand(city, PREPARER))
        step(city, purchase)
    _too_few(city, plan)


def _hand(city: Any, name: str) -> Actor:
    return staff(city.users[name])


def _units() -> Iterator[tuple[Union, int]]:
    """Unions with few members, the firm that signs in first."""
    rows = Membership.objects.current().order_by().values_list("union").annotate(Count("pk"))
    sizes = {pk: n for pk, n in rows if n <= LARGEST}
    for union in sorted(Union.objects.in_bulk(sizes).values(), key=lambda one: (one.code != EMPLOYER, -sizes[one.pk])):
        yield union, sizes[union.pk]


def _sound(city: Any, plan: Plan) -> Iterator[Purchase]:
    """Purchases of units whose members can all be insured."""
    version = PlanVersion.objects.filter(plan=plan).latest("valid_from")
    for union, members in _units():
        ages = [
            age_on(born, city.day)
            for born in Membership.objects.current().filter(union=union).values_list("person__birth_date", flat=True)
            if born is not None
        ]
        if len(ages) < members or not all(version.age_from <= age < version.age_to for age in ages):
            continue
        purchase = _named(city, plan, union, members)
        if purchase.roster is not None and buying.obstacle(purchase) is None:
            yield purchase


def _named(city: Any, plan: Plan, union: Union, headcount: int) -> Purchase:
    """A purchase for all members of a unit, whose list has been checked."""
    buyer = _hand(city, BUYER)
    with clock.travelling(city.day - timedelta(days=BACK)):
        drafted = actions.draft_purchase(
            union_code=union.code, plan_code=plan.code, from_day=city.day + timedelta(days=AHEAD),
            title=_buyer(union), tax_number=TAX_NUMBER, headcount=headcount, actor=buyer,
        )  # fmt: skip
        named = actions.name_by_choice(public_id=drafted.public_id, people=[], actor=buyer)
        if named.roster is not None:
            demo_lists.work(named.roster)
    found: Purchase = Purchase.objects.select_related("roster", "version").get(pk=named.pk)
    return found


def _buyer(union: Union) -> str:
    """The firm itself, or a union that buys for its own members."""
    return union.name.removesuffix("工会") if union.code == EMPLOYER else union.name


def _received(city: Any, purchase: Purchase, fen: int) -> None:
    """A sum that one of finance recorded and the other confirmed, yesterday."""
    with clock.travelling(city.day - timedelta(days=1)):
        receipt = actions.record_receipt(
            public_id=purchase.public_id, fen=fen, bank_reference=f"DEMO-{next(_references):06d}",
            received_on=clock.today(), actor=_hand(city, PREPARER),
        )  # fmt: skip
        actions.confirm_receipt(public_id=receipt.public_id, actor=_hand(city, RELEASER))


def _owed(purchase: Purchase) -> int:
    purchase.refresh_from_db()
    return purchase.owed_fen


def _in_force(city: Any, purchase: Purchase) -> None:
    _received(city, purchase, _owed(purchase))
    with clock.travelling(city.day - timedelta(days=1)):
        settling.start_purchase(public_id=purchase.public_id, actor=Actor.system("团体购买"))


def _paid_in_part(city: Any, purchase: Purchase) -> None:
    _received(city, purchase, _owed(purchase) // 2)


def _cancelled(city: Any, purchase: Purchase) -> None:
    _received(city, purchase, _owed(purchase))
    actions.cancel_purchase(
        public_id=purchase.public_id, reason="项目结束，人员已经分流", refund_account=testing.a_card(9),
        actor=_hand(city, BUYER),
    )  # fmt: skip


def _too_few(city: Any, plan: Plan) -> None:
    """Half of the staff are no members, so that the terms' share is not reached."""
    union, members = list(_units())[1]
    _named(city, plan, union, 2 * members)
