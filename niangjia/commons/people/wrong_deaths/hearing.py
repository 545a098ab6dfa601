"""What follows when a death is undone, and what is heard when a person is erased."""

from __future__ import annotations

from typing import Any

from niangjia.commons.people import deaths
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.states import MembershipEvent
from niangjia.commons.people.wrong_deaths import actions, notices
from niangjia.commons.people.wrong_deaths.models import WrongDeath
from niangjia.commons.people.wrong_deaths.states import WrongDeathState
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import users
from niangjia.platform.accounts.models import User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice


def follow(*, membership: Membership, ended_by: str, actor: Actor, **_more: Any) -> None:
    """Open the account that the death closed, and tell the person and the family; nothing for other endings."""
    if ended_by != MembershipEvent.RECORD_DEATH:
        return
    person, values = membership.person, {"union": membership.union.name}
    told = [Notice(notices.FAMILY_TOLD, user_id, values) for user_id in deaths.family_accounts(person)]
    if person.user_id is not None:
        if _closed_by_the_death(person.user_id):
            users.enable(User.objects.get(pk=person.user_id), actor=actor, reason="death undone")
        told.append(Notice(notices.RESTORED, person.user_id, values, link="/card/"))
    outbox.write(told)


def _closed_by_the_death(user_id: int) -> bool:
    """An account that was closed for another reason, before or since, stays closed."""
    acts = AuditEntry.objects.filter(subject_type="accounts.user", subject_id=str(user_id))
    last = acts.filter(action__in=("accounts.disabled", "accounts.enabled")).order_by("-id").first()
    return last is not None and last.action == "accounts.disabled" and last.reason == deaths.CLOSED_FOR


def withdraw_all(*, subject_key: str, actor: Actor, **_more: Any) -> None:
    """Take back what is proposed about a person who is erased, and empty the reasons, which are free text."""
    system = Actor.system("people.erasure", trace=actor.trace)
    about = WrongDeath.objects.filter(person__in=Person.objects.filter(public_id=subject_key))
    waiting = about.filter(state=WrongDeathState.PROPOSED)
    for public_id in list(waiting.values_list("public_id", flat=True)):
        actions.withdraw(public_id=public_id, actor=system)
    about.update(reason="", answer_reason="")
