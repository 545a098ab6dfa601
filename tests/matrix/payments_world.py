"""What the matrix calls on where money is: a fund, batches and payments of two districts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.commons.parameters.actions import publish
from niangjia.commons.payments import actions as payments
from niangjia.commons.payments import testing as money
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = money.SYSTEM
HOLDER = "户名某"
"""The holder stands in the file for the bank, readable to who prepared it; it is no text that nobody may meet."""
PLACES = {"EAST-1": "EAST", "WEST-1": "WEST"}

for kind in ("fund", "batch", "batch_prepared", "batch_released", "payment", "payment_waiting", "bank_account",
             ):  # fmt: skip
    MISSING.setdefault(kind, A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for place, district in PLACES.items():
        user_id = world.actors[f"joined@{place}"].user_id
        person = Person.objects.get(user_id=user_id)
        _payments(world, person, place, district)
        _account(world, person, district)


def _payments(world: World, person: Person, place: str, district: str) -> None:
    union = world.unions[district]
    fund = money.a_fund(union)
    world.add("fund", fund.public_id, district)
    for kind, steps in (("batch_released", 2), ("batch_prepared", 1), ("batch", 0)):
        payment = money.a_payment(union, person, source_id=f"{kind}{district}", holder=HOLDER)
        batch = payments.draw_up(account=fund.public_id, actor=SYSTEM)
        for step in (payments.prepare, payments.release)[:steps]:
            step(public_id=batch.public_id, actor=SYSTEM)
        world.add(kind, batch.public_id, district)
        if not steps:
            world.add("payment", payment.public_id, district, f"joined@{place}")
    waiting = money.a_payment(union, person, source_id=f"waiting{district}")
    world.add("payment_waiting", waiting.public_id, district, f"joined@{place}")


def _account(world: World, person: Person, district: str) -> None:
    """A second account of a person whose union looks at changes."""
    union_id = Membership.objects.current().get(person=person).union_id
    publish(code="payments.account_four_eyes", union_id=union_id, value=True, valid_from=clock.today(), actor=SYSTEM)
    for serial in (person.pk + 500, person.pk + 600):
        account = payments.name_account(
            person_id=person.pk, bank="甲银行", account_number=money.a_card(serial), actor=SYSTEM
        )
    place = "EAST-1" if district == "EAST" else "WEST-1"
    world.add("bank_account", account.public_id, place)
