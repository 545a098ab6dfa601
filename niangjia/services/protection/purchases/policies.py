"""Who may see, order and pay a purchase. An employer's agent comes in here alone: to what the own unit buys, never to
claims."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor, Grant
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.services.protection.purchases.models import Credit, Purchase, Receipt

BUYERS = (Role.UNION_OFFICER, Role.EMPLOYER_AGENT)
"""Offices that buy for their own union: its officers, and who acts for the employer."""

OFFICE = (Role.REVIEWER, Role.FINANCE_PREPARER, Role.FINANCE_RELEASER)
"""Offices of the plan's union that see what is bought from it."""


def not_found() -> NotFound:
    """The one answer for a purchase that does not exist and for one out of sight."""
    return NotFound("PURCHASE_NOT_FOUND", _("没有找到这次团体购买。"))


def visible_purchases(actor: Actor) -> QuerySet[Purchase]:
    """Those of the buyer's unions; for the office and its finance those of their plans."""
    rows = Purchase.objects.select_related("plan", "plan__union", "version", "union", "roster")
    if actor.is_system:
        return rows
    if not actor.is_staff or not actor.grants_of(*BUYERS, *OFFICE):
        return rows.none()
    return rows.filter(scope.within(actor, *BUYERS) | scope.within(actor, *OFFICE, field="plan__union"))


def visible_receipts(actor: Actor) -> QuerySet[Receipt]:
    """The sums of the visible purchases."""
    rows: Any = Receipt.objects.select_related("purchase", "purchase__plan")
    return rows.filter(purchase__in=visible_purchases(actor).values("pk"))  # type: ignore[no-any-return]


def visible_credits(actor: Actor) -> QuerySet[Credit]:
    """What is left over from the visible purchases."""
    rows: Any = Credit.objects.select_related("purchase", "purchase__plan", "purchase__plan__union", "purchase__union")
    if actor.is_system:
        return rows  # type: ignore[no-any-return]
    return rows.filter(purchase__in=visible_purchases(actor).values("pk"))  # type: ignore[no-any-return]


def may_list(actor: Actor) -> Decision:
    """Whether there are purchases for the actor at all."""
    if actor.is_system or (actor.is_staff and actor.grants_of(*BUYERS, *OFFICE)):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _("您没有办理团体购买的职务。"))


def may_open(actor: Actor) -> Decision:
    """Open the form of a new purchase; for which union, says :func:`buyer_for`."""
    if actor.is_staff and actor.grants_of(*BUYERS):
        return allow("office")
    return refuse("NO_OFFICE_HERE", _("团体购买由单位经办人或工会干部办理。"))


def buyer_for(actor: Actor, union: Union) -> Grant:
    """The office by which the actor may buy for people of ``union``. Raises NotFound, NotAllowed."""
    found = scope.reaching(actor, tree.path_of(union.pk), *BUYERS) if actor.is_staff else None
    return found or scope.require(actor, union.pk, *BUYERS)


def may_buy(actor: Actor, purchase: Purchase) -> Decision:
    """Name the people, order, cancel: a buyer of the union."""
    return _by(actor, purchase.union_id, *BUYERS)


def may_pick(actor: Actor, purchase: Purchase) -> Decision:
    """See the union's members and choose among them: its officers, never the employer."""
    return _by(actor, purchase.union_id, Role.UNION_OFFICER)


def may_cancel(actor: Actor, purchase: Purchase) -> Decision:
    """The buyer, or the office whose plan it is."""
    return may_buy(actor, purchase) or _by(actor, purchase.plan.union_id, *OFFICE)


def may_invoice(actor: Actor, purchase: Purchase) -> Decision:
    """Issue the invoice and record what came in: a preparer of the plan's union or of one above."""
    return _by(actor, purchase.plan.union_id, Role.FINANCE_PREPARER)


def may_confirm(actor: Actor, receipt: Receipt) -> Decision:
    """Confirm or reject a sum: a releaser, who is not the person that recorded it."""
    here = _by(actor, receipt.purchase.plan.union_id, Role.FINANCE_RELEASER)
    if here and not actor.is_system and actor.user_id == receipt.recorded_by_id:
        return refuse("FOUR_EYES", _("这笔收款是您登记的，要由另一位同事复核。"))
    return here


def may_run(actor: Actor) -> Decision:
    """Begin protection, fall due: only the system, by the money and the clock."""
    if actor.is_system:
        return allow("system")
    return refuse("SYSTEM_ALONE", _("这一步由系统按期限或银行结果自动办理。"))


def _by(actor: Actor, union_id: int, *roles: str) -> Decision:
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(union_id), *roles) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    return allow(ground_of(grant))
