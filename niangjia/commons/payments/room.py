"""What the shells pick up: finance's menu, a member's page of payments, what waits for an account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from niangjia.commons.payments.states import BANK_ACCOUNT, BATCH, PAYMENT, STRAY, PaymentState
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.web.rooms import MenuEntry, Need, Room, Tile


def may_see_finance(actor: Actor) -> bool:
    """Whether the console shows finance to the actor at all."""
    from niangjia.commons.payments.policies import may_read

    return actor.is_staff and bool(may_read(actor))


def may_identify(actor: Actor) -> bool:
    """Whether the console shows who prepares and releases."""
    from niangjia.commons.payments.policies import may_identify as may

    return actor.is_staff and bool(may(actor))


def is_person(actor: Actor) -> bool:
    return actor.person_id is not None


def needs(actor: Actor) -> Sequence[Need]:
    """A failed payment, or one that does not know where to."""
    from niangjia.commons.payments.queries import own_payments

    return [
        Need(
            _("有一笔钱没有付成") if row.state == PaymentState.FAILED else _("有一笔钱等您登记收款账户"),
            _("参考号 {number}", number=row.number),
            "/payments/",
            "alert-triangle",
        )
        for row in own_payments(actor)
        if row.state == PaymentState.FAILED or (row.state == PaymentState.REQUESTED and not row.has_account)
    ]


def find(actor: Actor, number: str) -> str | None:
    """Where the payment with this reference stands in the console, if the actor may see it."""
    from niangjia.commons.payments.policies import visible_payments
    from niangjia.commons.payments.rules import serial_of

    found = visible_payments(actor).filter(pk=serial_of(number) or 0).first() if actor.is_staff else None
    return f"/console/payments/payments/{found.public_id}/" if found and found.number == number.upper() else None


def demo(city: Any) -> None:
    """Fill the demonstration."""
    from niangjia.commons.payments.demo import fill

    fill(city)


ROOM = Room(
    code="payments",
    label=_("付款"),
    portal_urls="niangjia.commons.payments.portal",
    console_urls="niangjia.commons.payments.console",
    api="niangjia.commons.payments.api.router",
    tiles=[Tile(_("付给我的钱"), _("每一笔到哪一步，登记收款账户"), "cash", "payments:mine", may_see=is_person)],
    menu=[
        MenuEntry(_("资金"), "cash", "payments_console:funds", may_see=may_see_finance),
        MenuEntry(_("资金经办人"), "id-badge", "payments_console:identities", may_see=may_identify),
    ],
    machines=[PAYMENT, BATCH, STRAY, BANK_ACCOUNT],
    demo=demo,
    needs=needs,
    find=find,
    order=60,
)
