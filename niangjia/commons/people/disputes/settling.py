"""What a decision changes: always through the functions that change people and accounts, all of it or nothing.

Order of locks: the dispute, then both persons in order of id, then the accounts.
"""

from __future__ import annotations

from collections.abc import Mapping

from niangjia.commons.people import actions as people
from niangjia.commons.people import events, releasing
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.corrections.states import CorrectionEvent
from niangjia.commons.people.disputes import holders
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import DisputeKind
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import allow
from niangjia.kernel.text import _
from niangjia.platform.accounts import phones, users
from niangjia.platform.accounts.models import User
from niangjia.platform.lifecycle import lifecycle

REASON = "号码占用申诉"
"""Stands in the audit entries of both persons; not translated, because it is data."""


def move(dispute: Dispute, actor: Actor) -> None:
    """The phone leaves the holder's entry and account and becomes the asker's, or the ward's for whom they asked.

    Raises Conflict (DISPUTE_CHANGED, ASKER_GONE, IDENTITY_TAKEN), NotFound when an entry was erased meanwhile.
    """
    phone, both = str(dispute.value), _held(dispute)
    require_unchanged(dispute)
    holder = both.get(dispute.holder_id or 0)
    if holder is not None:
        releasing.give_up_phone(holder, phone, reason=_reason(dispute), actor=actor)
    _free_account(dispute.holder_user_id, phone)
    person = both.get(dispute.person_id or 0)
    account = _wards_account(person) if dispute.for_ward else _asker(dispute)
    _give_phone(account, person, phone, _reason(dispute), actor)
    _close_corrections(dispute, actor)


def correct(dispute: Dispute, actor: Actor) -> None:
    """The holder's entry gets its own right number, or none; an asker who is known gets the disputed one.

    Raises as :func:`move`.
    """
    both, reason = _held(dispute), _reason(dispute)
    require_unchanged(dispute)
    holder, person = both.get(dispute.holder_id or 0), both.get(dispute.person_id or 0)
    if holder is not None:
        releasing.give_up_number(holder, right=str(dispute.right_number), reason=reason, actor=actor)
    if person is not None:
        people.correct_identity(person, name=person.name, id_number=str(dispute.value), reason=reason, actor=actor)
    _close_corrections(dispute, actor)


def link(dispute: Dispute, actor: Actor) -> None:
    """The asker, of whom nothing is registered, is the holder: from now on they sign in to that entry by their phone.

    An account that the entry had keeps everything and takes the asker's phone; the asker's new one is closed. Raises as
    :func:`move`, and Conflict STAFF_ACCOUNT.
    """
    holder = _held(dispute)[dispute.holder_id or 0]
    require_unchanged(dispute)
    _require_unknown(dispute)
    asker = _asker(dispute)
    by_phone = dispute.kind == DisputeKind.PHONE
    phone = str(dispute.value) if by_phone else str(asker.phone)
    if holder.user is None:
        holder = people.link_user(holder, user_id=asker.pk, actor=actor)
        keeps = asker
    else:
        keeps = holder.user
        _close_account(asker, actor)
    _give_phone(keeps, holder, phone, _reason(dispute), actor)
    events.account_linked.send(sender=Person, person=holder, user_id=asker.pk, actor=actor)


def know_asker(dispute: Dispute) -> None:
    """Who was not registered when they asked may be by now, because a union admitted them meanwhile."""
    if dispute.person is not None:
        return
    known = Person.objects.canonical().filter(user=dispute.asked_by_id, erased_at=None).first()
    if known is not None and known.pk != dispute.holder_id:
        dispute.person = known
        dispute.save(update_fields=["person"])


def may_join(dispute: Dispute) -> bool:
    """Whether the two can be called one: of two entries both must be a member's, for officers merge what they see."""
    if dispute.holder_id is None or dispute.person_id is None:
        return dispute.holder_id is not None
    rows = Membership.objects.filter(person__in=(dispute.person_id, dispute.holder_id))
    return rows.values("person").distinct().count() == 2


def require_unchanged(dispute: Dispute) -> None:
    """Raises Conflict DISPUTE_CHANGED when the number stands by now with somebody who was not asked."""
    if holder_changed(dispute):
        sentence = _("号码现在登记在另一处，登记人还没有答复过。请先询问现在的登记人。")
        raise Conflict("DISPUTE_CHANGED", sentence, fields={"outcome": [sentence]})


def holder_changed(dispute: Dispute) -> bool:
    """Whether the number stands with an entry or account other than that which was asked. Standing nowhere is fine."""
    now = holders.of(DisputeKind(dispute.kind), str(dispute.value), asked_by=dispute.asked_by_id)
    other = now.person is not None and now.person.pk not in (dispute.holder_id, dispute.person_id)
    wards = dispute.person.user_id if dispute.person is not None else None
    return other or (now.user_id is not None and now.user_id not in (dispute.holder_user_id, wards))


def _require_unknown(dispute: Dispute) -> None:
    """Two entries become one by a merge, not by giving the account to the other."""
    if Person.objects.canonical().filter(user=dispute.asked_by_id).exists():
        sentence = _("申请人现在已有登记。请退回重新决定，按合并登记办理。")
        raise Conflict("DISPUTE_CHANGED", sentence, fields={"outcome": [sentence]})


def _held(dispute: Dispute) -> Mapping[int, Person]:
    """Both entries as they stand now, held, by id."""
    sides = [one for one in (dispute.person, dispute.holder) if one is not None]
    return {one.pk: people.lock(one) for one in sorted(sides, key=lambda one: one.pk)}


def _asker(dispute: Dispute) -> User:
    asker = User.objects.select_for_update(of=("self",), no_key=True).get(pk=dispute.asked_by_id)
    if not asker.is_active:
        raise Conflict("ASKER_GONE", _("申请人的账号已经停用，不能再办。请不同意，并写明理由。"))
    return asker


def _wards_account(ward: Person | None) -> User | None:
    """By which the ward signs in; most have none, and their phone stands in their entry alone."""
    rows = User.objects.select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=(ward.user_id if ward is not None else None) or 0, is_active=True).first()


def _give_phone(user: User | None, person: Person | None, phone: str, reason: str, actor: Actor) -> None:
    if person is not None:
        people.correct_identity(person, name=person.name, phone=phone, reason=reason, actor=actor)
    if user is None or user.phone_index == phones.index_of(phone):
        return
    if not users.change_phone(user, proven=phone):
        raise people.identity_taken()


def _free_account(user_id: int | None, phone: str) -> None:
    user = User.objects.filter(pk=user_id or 0, phone_index=phones.index_of(phone)).first()
    if user is not None:
        users.give_up_phone(user)


def _close_account(user: User, actor: Actor) -> None:
    """Raises Conflict STAFF_ACCOUNT for one that also opens the console."""
    if user.sign_in_name is not None:
        raise Conflict("STAFF_ACCOUNT", _("申请人的账号也用于工作台，不能停用。请先请系统管理员处理。"))
    users.give_up_phone(user)
    users.disable(user, actor=actor, reason="joined")


def _close_corrections(dispute: Dispute, actor: Actor) -> None:
    """What the asker asked to be corrected is done with it."""
    if dispute.person_id is None:
        return
    rows = Correction.objects.open().select_for_update(of=("self",)).filter(person=dispute.person, kind=dispute.kind)
    done = [row for row in rows if str(row.wished) == str(dispute.value)]
    lifecycle.apply_many(
        done, CorrectionEvent.WITHDRAW, actor=actor, decision=allow("dispute"), reason=_reason(dispute)
    )


def _reason(dispute: Dispute) -> str:
    return f"{REASON} {dispute.number}"
