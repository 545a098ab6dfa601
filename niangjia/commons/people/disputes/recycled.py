"""A phone that was given to a new holder: what is known about the owner of an account, and 这不是我的账户.

Whoever signs in by code and says that the account is not theirs has the phone, so the account loses it at once: nobody
signs in to it by this phone any more, and no message to its owner goes there. The new holder gets an account of their
own. Whether the phone is theirs for good the union decides, as for any phone that is taken; where it says no, or the
asker takes it back, the phone returns, and whoever signs in then is asked whether they are the owner.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction

from niangjia.commons.parameters import parameters
from niangjia.commons.people import actions as people
from niangjia.commons.people import releasing
from niangjia.commons.people.disputes import holders, notices, policies, raising, rules, telling
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import OWNER_DAYS, DisputeKind
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.accounts import owners, phone_sign_in, phones, step_up, users
from niangjia.platform.accounts.codes import Proof
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.accounts.sessions import SignedIn
from niangjia.platform.notices import outbox

REASON = "登录人说不是本人的账户"
"""Stands in the audit entries; not translated, because it is data."""

PROVED_WITHIN = timedelta(minutes=30)
"""So recently the code must have been typed: a browser that is still signed in proves nothing about the phone."""


def known(user_id: int) -> owners.Known | None:
    """What the register has about the owner of an account."""
    person = Person.objects.filter(user_id=user_id, erased_at=None).first()
    return owners.Known(str(person.id_number), person.name) if person is not None else None


def days(user_id: int) -> int:
    """After how many days without a code the owner is asked, as the owner's union says."""
    rows = Membership.objects.filter(person__user=user_id).order_by("-pk")
    union = rows.values_list("union_id", flat=True).first()
    return int(parameters.at(OWNER_DAYS, union, clock.today()).value)


def whoever_typed(session: Session, *, trace: str = "") -> Actor:
    """The one at a session, about whom only the phone is known yet."""
    return Actor(ActorKind.MEMBER, user_id=session.user_id, session_id=session.pk, trace=trace, address=session.address)


@transaction.atomic()
def disown(*, name: str, actor: Actor, note: str = "", agent: str = "") -> tuple[Dispute, SignedIn]:
    """The account that I am signed in to by my phone is not mine: the phone leaves it, I get one of my own.

    ``name`` is the new holder's. Raises NotAllowed (NOT_YOURS, STEP_UP_REQUIRED), RuleBroken (NAME, NOTHING_CHANGES),
    Conflict DISPUTES_TOO_MANY.
    """
    decision = policies.may_raise(actor).require()
    step_up.require_of(actor, within=PROVED_WITHIN)
    stated = rules.person_name(name)
    person, earlier = _held(actor.user_id)
    _require_somebody(earlier)
    _require_few(earlier)
    phone = _leave(person, earlier, actor)
    heir = phone_sign_in.new_member(Proof(phone, phones.index_of(phone)))
    new = Actor(ActorKind.MEMBER, user_id=heir.pk, trace=actor.trace, address=actor.address)
    dispute = Dispute(kind=DisputeKind.PHONE.value, asked_by=heir, proven=True, left_at_once=True)
    dispute.owner_key = dispute.public_id
    dispute.value, dispute.stated_name, dispute.note = phone, stated, raising.short(note)
    raising.aim(dispute, holders.Held(person, earlier.pk))
    raising.open_case(dispute, new, decision)
    outbox.write([telling.to_asker(notices.RAISED, dispute), *telling.to_holder(notices.PHONE_LEFT, dispute)])
    raising.ask_or_pass_on(dispute, new)
    return dispute, phone_sign_in.begin(heir, address=actor.address, agent=agent)


def put_back(dispute: Dispute, actor: Actor) -> None:
    """The phone returns to the account that it left when the dispute was raised, if it still stands with the asker."""
    if not dispute.left_at_once or dispute.holder_user_id is None:
        return
    phone = str(dispute.value)
    people_held = {pk: people.lock(one) for pk, one in sorted(_standing(dispute).items())}
    asker, earlier = _account(dispute.asked_by_id), _account(dispute.holder_user_id)
    if asker.phone_index != phones.index_of(phone) or earlier.phone_index or not earlier.is_active:
        return
    if (person := people_held.get(dispute.person_id or 0)) is not None:
        releasing.give_up_phone(person, phone, reason=_reason(dispute), actor=actor)
    users.give_up_phone(asker)
    users.change_phone(earlier, proven=phone)
    owners.doubt(earlier)
    holder = people_held.get(dispute.holder_id or 0)
    if holder is not None and not holder.phone_index:
        people.correct_identity(holder, name=holder.name, phone=phone, reason=_reason(dispute), actor=actor)


def _held(user_id: int | None) -> tuple[Person | None, User]:
    """The account and its person, held in the order of all disputes: the person first."""
    person = Person.objects.canonical().filter(user_id=user_id or 0, erased_at=None).first()
    return (people.lock(person) if person is not None else None), _account(user_id)


def _leave(person: Person | None, earlier: User, actor: Actor) -> str:
    """Take the phone off the account and off its person; returns it."""
    phone = str(earlier.phone)
    if person is not None:
        releasing.give_up_phone(person, phone, reason=REASON, actor=actor)
    users.give_up_phone(earlier)
    owners.doubt(earlier)
    return phone


def _require_somebody(earlier: User) -> None:
    if not earlier.phone_index or owners.known(earlier.pk) is None:
        text = _("这个账户里没有别人的信息，直接使用就可以。")
        raise RuleBroken("NOTHING_CHANGES", text, fields={"name": [text]})


def _require_few(earlier: User) -> None:
    since = clock.now() - timedelta(days=30)
    rows = Dispute.objects.filter(holder_user=earlier, left_at_once=True, created_at__gt=since)
    if rows.count() >= rules.MOST_A_MONTH:
        text = _("这个账户 30 天内已经换过 {most} 次手机号，请打 12351 核实。", most=rules.MOST_A_MONTH)
        raise Conflict("DISPUTES_TOO_MANY", text, fields={"name": [text]})


def _standing(dispute: Dispute) -> dict[int, Person]:
    """The entries of both sides that were neither erased nor merged meanwhile."""
    ids: Any = [one for one in (dispute.person_id, dispute.holder_id) if one is not None]
    return Person.objects.canonical().filter(erased_at=None).in_bulk(ids)


def _account(user_id: int | None) -> User:
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=user_id or 0)


def _reason(dispute: Dispute) -> str:
    return f"号码占用申诉 {dispute.number}"
