"""When people, sessions and messages have been kept long enough, and how they go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from niangjia.commons.people.disputes import retention as disputes
from niangjia.commons.people.guardians import retention as guardians
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.platform.accounts.models import Session
from niangjia.platform.notices.models import Message, Outgoing
from niangjia.platform.personal_data import erasure, retention
from niangjia.platform.personal_data.retention import Rule

REASON = "会籍终止满保存期限"

OF_A_MEMBER = (
    "people.Person", "people.Membership", "people.MembershipStay", "people.Card", "people.Likeness", "people.Merge",
    "people.Correction", "people.CorrectionPaper", "people.Workplace", "people.Honour", "people.DataCopy",
    "people.Closing", "people.WrongDeath", "personal_data.Consent", "personal_data.DataKey",
)  # fmt: skip
"""What goes, or becomes unreadable and a pseudonym, when the person's key goes."""


def register() -> None:
    """Called when Django starts."""
    retention.register(Rule("people.person", "membership", OF_A_MEMBER, _left_before, _erase))
    retention.register(disputes.RULE)
    retention.register(guardians.RULE)
    retention.register(Rule("accounts.session", "logs", ("accounts.Session",), _ended_before, _delete_sessions))
    retention.register(Rule("notices.message", "application", ("notices.Message",), _told_before, _delete_messages))
    retention.register(Rule("notices.outgoing", "application", ("notices.Outgoing",), _sent_before, _delete_outgoing))


def _left_before(cutoff: datetime) -> QuerySet[Any]:
    """Former members whose last membership ended before the day."""
    own = Membership.objects.filter(person=OuterRef("pk"))
    kept = own.current() | own.filter(until__gte=clock.day_of(cutoff))
    return Person.objects.canonical().filter(~Exists(kept), Exists(own), erased_at=None)


def _erase(keys: Sequence[int], actor: Actor) -> int:
    """One key after another; whom a room still needs, such as for an open case, stays until the next night."""
    gone = 0
    for public_id in Person.objects.filter(pk__in=keys).order_by("pk").values_list("public_id", flat=True):
        try:
            with transaction.atomic():
                erasure.erase(public_id, actor=actor, reason=REASON)
                gone += 1
        except Conflict:
            continue
    return gone


def _ended_before(cutoff: datetime) -> QuerySet[Any]:
    return Session.objects.filter(expires_at__lt=cutoff) | Session.objects.filter(ended_at__lt=cutoff)


def _told_before(cutoff: datetime) -> QuerySet[Any]:
    return Message.objects.filter(created_at__lt=cutoff)


def _sent_before(cutoff: datetime) -> QuerySet[Any]:
    return Outgoing.objects.filter(ended_at__lt=cutoff)


def _delete_sessions(keys: Sequence[int], _actor: Actor) -> int:
    return Session.objects.filter(pk__in=keys).delete()[0]


def _delete_messages(keys: Sequence[int], _actor: Actor) -> int:
    return Message.objects.filter(pk__in=keys).delete()[0]


def _delete_outgoing(keys: Sequence[int], _actor: Actor) -> int:
    return Outgoing.objects.filter(pk__in=keys).delete()[0]
