"""What this room hears from below: a person is erased, turns out to be one who is known, or is a member again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from niangjia.commons.people.models import Membership, Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.personal_data import erasure
from niangjia.services.joining import consent, intake
from niangjia.services.joining.fits import actions as fits
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.models import Application
from niangjia.services.joining.states import ApplicationEvent
from niangjia.services.joining.transfers import actions as transfers
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import UNDER_WAY


def empty_applications(*, subject_key: str, **_more: Any) -> None:
    """Empty what an erased person wrote in applications; number, union, state, category and dates stay for figures."""
    unknown = Q(person=None, public_id=subject_key)
    empty(Application.objects.select_for_update(of=("self",)).filter(unknown | Q(person__public_id=subject_key)))
    Transfer.objects.filter(person__public_id=subject_key).update(answer_reason="")


def close_transfer(*, membership: Membership, actor: Actor, **_more: Any) -> None:
    """A transfer that was under way when the membership ended is over; the membership will be where it was.

    Heard before the person is locked: accepting locks the transfer first and the person then.
    """
    system = Actor.system("joining.restored", trace=actor.trace)
    held = Transfer.objects.filter(state__in=UNDER_WAY, membership=membership)
    for public_id in list(held.values_list("public_id", flat=True)):
        transfers.close_transfer(public_id=public_id, actor=system)


def close_fit_of_one(*, kept: Person, merged: Person, remains: Person, actor: Actor, **_more: Any) -> None:
    """Of two open offers of a union the one goes whose membership is set aside. Nobody asked for either, so that they
    forbid no merge; a union that still fits is offered again."""
    open_ones = Fit.objects.open().filter(person__in=(kept, merged)).order_by("pk")
    if len(open_ones) < 2:
        return
    system = Actor.system("joining.merged", trace=actor.trace)
    for fit in open_ones:
        if fit.person_id != remains.pk:
            fits.close_fit(public_id=fit.public_id, actor=system)


def empty(applications: Iterable[Application]) -> int:
    """Take everything personal out of these applications; how many."""
    count = 0
    for application in applications:
        application.name = application.employer_name = application.employer_code = application.applicant_note = ""
        application.id_number = application.phone = application.id_index = application.phone_index = ""
        application.answer_reason = ""
        application.birth_date = application.birth_date.replace(month=1, day=1)
        application.save(update_fields=EMPTIED)
        count += 1
    return count


def withdraw_of_linked(*, person: Person, user_id: int, actor: Actor, **_more: Any) -> None:
    """Who applied and turned out to be a member already has nothing to apply for."""
    if not Membership.objects.current().filter(person=person).exists():
        return
    open_ones = Application.objects.open().filter(applicant_id=user_id)
    _withdraw(open_ones, "linked", Actor.system("joining.account_linked", trace=actor.trace))


def withdraw_of_closed(*, user_id: int, erase: bool, actor: Actor, **_more: Any) -> None:
    """Who closes the account applies no longer. Of somebody who never became a registered person the applications are
    all that is known: they are emptied here, refused ones too."""
    own = Application.objects.filter(applicant_id=user_id)
    _withdraw(own.open(), "closed", Actor.system("joining.account_closed", trace=actor.trace))
    intake.discard_draft(user_id)
    if erase:
        for key in list(own.filter(person=None).values_list("public_id", flat=True)):
            erasure.erase(key, actor=actor, reason=ERASURE_REASON)


def withdraw_without_consent(*, code: str, subject_key: str, actor: Actor, **_more: Any) -> None:
    """An application that is no longer agreed to is no longer reviewed."""
    if code == consent.CODE:
        given = Application.objects.open().filter(public_id=subject_key)
        _withdraw(given, "consent_withdrawn", Actor.system("joining.consent_withdrawn", trace=actor.trace))


def _withdraw(open_ones: QuerySet[Application], ground: str, system: Actor) -> None:
    waiting = list(open_ones.select_for_update(of=("self",)).order_by("pk"))
    lifecycle.apply_many(waiting, ApplicationEvent.WITHDRAW, actor=system, decision=allow(ground))


ERASURE_REASON = "本人注销账号并申请清除"
EMPTIED = (
    "name", "employer_name", "employer_code", "applicant_note", "id_number", "phone", "id_index", "phone_index",
    "answer_reason", "birth_date",
)  # fmt: skip
