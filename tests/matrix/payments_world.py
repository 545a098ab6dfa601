"""What the matrix calls on where money is: a fund, batches and payments of two districts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from niangjia.commons.parameters.actions import publish
from niangjia.commons.payments import actions as payments
from niangjia.commons.payments import testing as money
from niangjia.commons.payments.models import Account, Batch, Payment, StrayLine
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions.models import Appointment
from niangjia.kernel import clock
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = money.SYSTEM
HOLDER = "户名某"
"""The holder stands in the file for the bank, readable to who prepared it; it is no text that nobody may meet."""
PLACES = {"EAST-1": "EAST", "WEST-1": "WEST"}

for kind in ("fund", "batch", "batch_prepared", "batch_released", "payment", "payment_waiting", "bank_account",
             "payment_late", "finance_office", "stray", "stray_proposed", "stray_aside", "stray_doubted",
             ):  # fmt: skip
    MISSING.setdefault(kind, A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for place, district in PLACES.items():
        user_id = world.actors[f"joined@{place}"].user_id
        person = Person.objects.get(user_id=user_id)
        fund = money.a_fund(world.unions[district])
        late = _failed(world, person, district)
        _payments(world, fund, person, place, district)
        _account(world, person, district)
        _paid_late(world, late, place, district)
        _strays(world, place, district)
    _offices(world)


def _payments(world: World, fund: Account, person: Person, place: str, district: str) -> None:
    union = world.unions[district]
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


def _failed(world: World, person: Person, district: str) -> Payment:
    """A payment that the bank could not make."""
    payment = money.a_payment(world.unions[district], person, source_id=f"late{district}", holder=HOLDER)
    waiting = payments.draw_up(account=payment.account.public_id, actor=SYSTEM)
    for step in (payments.prepare, payments.release):
        step(public_id=waiting.public_id, actor=SYSTEM)
    payments.answer(
        public_id=waiting.public_id, lines=[money.an_answer(payment, failed=True, cause="无此户")], actor=SYSTEM
    )
    return payment


def _paid_late(world: World, payment: Payment, place: str, district: str) -> None:
    """It was corrected, and then the bank says that it has paid after all."""
    payment.refresh_from_db()
    assert payment.batch is not None
    payments.answer(public_id=payment.batch.public_id, lines=[money.an_answer(payment, minutes=5)], actor=SYSTEM)
    world.add("payment_late", payment.public_id, district, f"joined@{place}")


_STRANGE: tuple[dict[str, Any], ...] = (
    {"fen": 1}, *({"reference": f"ZF2020-900000{n}-0"} for n in (1, 2, 3)),
)  # fmt: skip


def _strays(world: World, place: str, district: str) -> None:
    """Lines that nobody could place: one that waits, one that somebody would place, one set aside, one that somebody
    would set aside."""
    batch = Batch.objects.get(public_id=world.at("batch_released", district).key)
    payment = Payment.objects.get(batch=batch)
    lines = [
        replace(money.an_answer(payment, failed=True, cause="户名不符", serial=f"X{n}{place}"), **given)
        for n, given in enumerate(_STRANGE)
    ]
    payments.answer(public_id=batch.public_id, lines=lines, actor=SYSTEM)
    rows = StrayLine.objects.filter(batch=batch).order_by("serial")
    for kind, row in zip(("stray", "stray_proposed", "stray_aside", "stray_doubted"), rows, strict=True):
        world.add(kind, row.public_id, district)
    reason = {"reason": "银行电话核对过", "actor": SYSTEM}
    payments.propose_place(public_id=rows[1].public_id, reference=payment.number, **reason)
    payments.set_aside(public_id=rows[2].public_id, **reason)
    payments.propose_aside(public_id=rows[3].public_id, **reason)


def _offices(world: World) -> None:
    for row in Appointment.objects.filter(role__startswith="finance_").select_related("union"):
        world.add("finance_office", row.public_id, row.union.code)


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
