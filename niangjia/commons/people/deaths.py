"""What follows from the death of a member: nobody signs in, no letters go out, the family is told what is theirs.

The card ends with the membership (:mod:`niangjia.commons.people.cards.hearing`); letters on their way to a closed
account are not sent.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from niangjia.commons.people.models import HouseholdMember, Kinship, Membership, Person
from niangjia.commons.people.states import MembershipEvent
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.accounts import users
from niangjia.platform.accounts.models import User
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice, NoticeKind, register

CLOSED_FOR = "death"
"""Why the account was closed, as the audit trail says it."""

PAGE = "/joining/bereaved/"
"""The page that tells a family what may be claimed and what ends."""

FAMILY_TOLD = register(
    NoticeKind(
        code="people.death_recorded",
        title=_("工会向您和家人致以慰问"),
        body=_("{union}得知您的家人去世，深表哀悼。可以申领什么、已经办结什么，请打开查看；有需要请拨打 12351。"),
        channels=("in_app", "sms"),
        important=True,
    )
)


def follow(*, membership: Membership, actor: Actor, **_more: Any) -> None:
    """Close the account of somebody who died and tell the family; nothing for other endings."""
    if membership.ended_by != MembershipEvent.RECORD_DEATH:
        return
    person = membership.person
    account = User.objects.filter(pk=person.user_id or 0, is_active=True).first()
    if account is not None:
        users.disable(account, actor=actor, reason=CLOSED_FOR)
    values = {"union": membership.union.name}
    outbox.write([Notice(FAMILY_TOLD, user_id, values, link=PAGE) for user_id in family_accounts(person)])


def family_accounts(person: Person) -> list[int]:
    """The open accounts of kin and of those under the same roof."""
    homes = HouseholdMember.objects.filter(person=person, until=None).values("household")
    near = Q(pk__in=Kinship.objects.filter(person=person).values("relative"))
    near |= Q(pk__in=HouseholdMember.objects.filter(household__in=homes, until=None).values("person"))
    rows = Person.objects.canonical().filter(near, user__is_active=True).exclude(pk=person.pk).order_by("pk")
    return [user_id for user_id in rows.values_list("user_id", flat=True) if user_id is not None]
