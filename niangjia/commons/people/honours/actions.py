"""Everything that changes an honour: record it, revoke it. Both stand in the audit trail."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from niangjia.commons.people import policies as people
from niangjia.commons.people.honours import policies
from niangjia.commons.people.honours.kinds import HonourKind, HonourLevel
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import Text, _
from niangjia.platform.audit import entries


@transaction.atomic()
def record(*, person: str, kind: str, level: str, conferred_on: date, reason: str, actor: Actor) -> Honour:
    """Record an honour that the person (a public id) was given; ``reason`` names the document.

    Raises NotFound, NotAllowed, RuleBroken (HONOUR_KIND, HONOUR_DAY, REASON_NEEDED), Conflict HONOUR_HELD.
    """
    whom = _locked(actor, person)
    decision = policies.may_record(actor, whom).require()
    said = require_reason(reason)
    _require_known(kind, level)
    _require_past(conferred_on)
    honour = Honour(person=whom, kind=kind, level=level, conferred_on=conferred_on)
    try:
        with transaction.atomic():
            honour.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("HONOUR_HELD", _("这项荣誉已经登记过了。")) from error
    _note(actor, "people.honour.record", honour, decision.ground, said)
    return honour


@transaction.atomic()
def revoke(*, public_id: str, person: str, reason: str, actor: Actor) -> Honour:
    """End an honour from today on. Raises NotFound, NotAllowed, RuleBroken REASON_NEEDED, Conflict HONOUR_REVOKED."""
    whom = _locked(actor, person)
    decision = policies.may_record(actor, whom).require()
    said = require_reason(reason)
    honour = Honour.objects.select_for_update().filter(person=whom, public_id=public_id).first()
    if honour is None:
        raise NotFound("HONOUR_NOT_FOUND", _("没有找到这项荣誉。"))
    if honour.revoked_on is not None:
        raise Conflict("HONOUR_REVOKED", _("这项荣誉已经撤销了。"))
    honour.revoked_on = clock.today()
    honour.save(update_fields=["revoked_on"])
    _note(actor, "people.honour.revoke", honour, decision.ground, said)
    return honour


def _locked(actor: Actor, public_id: str) -> Person:
    rows = people.visible_people(actor).filter(public_id=public_id)
    found = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=rows.values("pk")).first()
    if found is None:
        raise people.not_found()
    return found


def _require_known(kind: str, level: str) -> None:
    if kind not in set(HonourKind) or level not in set(HonourLevel):
        raise _broken("HONOUR_KIND", _("请选择荣誉和授予的级别。"), "kind")


def _require_past(day: date) -> None:
    if day > clock.today():
        raise _broken("HONOUR_DAY", _("授予日期不能晚于今天。"), "conferred_on")


def _broken(code: str, sentence: Text, field: str) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})


def _note(actor: Actor, action: str, honour: Honour, ground: str, reason: str) -> None:
    entries.record(
        actor,
        action,
        subject_type="people.honour",
        subject_id=honour.public_id,
        subject_key=honour.person.public_id,
        node_id=Membership.objects.current().filter(person=honour.person_id).values_list("union_id", flat=True).first(),
        ground=ground,
        reason=reason,
        data={"kind": honour.kind, "level": honour.level},
    )
