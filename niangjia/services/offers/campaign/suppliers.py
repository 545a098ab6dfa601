"""The firms and co-operatives whose goods are given away: each union keeps its own list."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from niangjia.commons.unions import scope
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import Text, _
from niangjia.platform.audit import entries
from niangjia.services.offers import policies
from niangjia.services.offers.models import Supplier

SUBJECT = "offers.supplier"
LONGEST_NAME = 100

KINDS: dict[str, Text] = {
    "firm": _("企业"),
    "cooperative": _("农民合作社"),
    "culture": _("文化、体育机构"),
    "other": _("其他"),
}


@dataclass(frozen=True)
class SupplierData:
    """What an officer fills in. ``contact`` is the firm's own line, no private number."""

    name: str
    kind: str = "firm"
    contact: str = ""


@transaction.atomic()
def add_supplier(*, union_id: int, data: SupplierData, actor: Actor) -> Supplier:
    """A new supplier of a union. Raises NotAllowed, RuleBroken SUPPLIER_NAME, Conflict SUPPLIER_TAKEN."""
    decision = policies.may_run(actor, union_id).require()
    supplier = Supplier(union_id=union_id, **_columns(data))
    _save(supplier)
    _record(actor, decision, "added", supplier)
    return supplier


@transaction.atomic()
def revise_supplier(*, public_id: str, data: SupplierData, actor: Actor) -> Supplier:
    """Correct a supplier. Raises NotFound SUPPLIER_NOT_FOUND, and as :func:`add_supplier`."""
    supplier = visible_suppliers(actor).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if supplier is None:
        raise no_supplier()
    decision = policies.may_run(actor, supplier.union_id).require()
    for name, value in _columns(data).items():
        setattr(supplier, name, value)
    _save(supplier)
    _record(actor, decision, "revised", supplier)
    return supplier


def visible_suppliers(actor: Actor) -> QuerySet[Supplier]:
    """Those of the unions that the actor's office reaches."""
    return Supplier.objects.filter(scope.within(actor, *policies.READERS))


def no_supplier() -> NotFound:
    return NotFound("SUPPLIER_NOT_FOUND", _("没有找到这个供货单位。"))


def _columns(data: SupplierData) -> dict[str, str]:
    name = " ".join(data.name.split())
    if not 2 <= len(name) <= LONGEST_NAME:
        sentence = _("供货单位名称写 2 到 {most} 个字。", most=LONGEST_NAME)
        raise RuleBroken("SUPPLIER_NAME", sentence, fields={"name": [sentence]})
    kind = data.kind if data.kind in KINDS else "other"
    return {"name": name, "kind": kind, "contact": " ".join(data.contact.split())[:100]}


def _save(supplier: Supplier) -> None:
    try:
        with transaction.atomic():
            supplier.save()
    except IntegrityError as error:
        sentence = _("这个工会已有同名的供货单位。")
        raise Conflict("SUPPLIER_TAKEN", sentence, fields={"name": [sentence]}) from error


def _record(actor: Actor, decision: Decision, event: str, supplier: Supplier) -> None:
    entries.record(
        actor,
        f"{SUBJECT}.{event}",
        subject_type=SUBJECT,
        subject_id=supplier.public_id,
        node_id=supplier.union_id,
        ground=decision.ground,
    )
