"""What changes persons and memberships.

Most functions here are called by a room inside its own transaction, with the decision of the room's policy; they open
no transaction themselves. Order of locks: the room's case, then the person, then the membership, then the counter of
numbers. Entry points for officers are in :mod:`niangjia.commons.people.officers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from niangjia.commons.people import events, numbers, records, rules
from niangjia.commons.people.categories import WorkerCategory
from niangjia.commons.people.initials import initials_of
from niangjia.commons.people.models import ID_NUMBER, NAME_AND_TAIL, PHONE, Membership, MembershipStay, Person
from niangjia.commons.people.states import ENDINGS, MembershipEvent, Origin
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock, identifiers
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.identifiers import Sex
from niangjia.kernel.policy import Decision
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.audit import entries as audit
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.records import Record
from niangjia.platform.personal_data.blind_index import blind_index

# Persons


def register_person(
    *,
    name: str,
    id_number: str = "",
    phone: str = "",
    category: str = WorkerCategory.OTHER,
    birth_date: date | None = None,
    sex: str = "",
    user_id: int | None = None,
    actor: Actor,
) -> Person:
    """Make a person, in the caller's transaction; everything is normalised here.

    The ID number tells birth date and sex; ``birth_date`` and ``sex`` count only where it is missing or does not tell.
    Raises RuleBroken (NAME, ID_INVALID, PHONE_FORMAT, CATEGORY) and Conflict IDENTITY_TAKEN, which tells nobody
    whether number, phone or account is the one that stands elsewhere.
    """
    _demand_transaction()
    person = Person(user_id=user_id, category=_known_category(category), birth_date=birth_date, sex=Sex(sex).value)
    _write_identity(person, name=name, id_number=id_number)
    _write_phone(person, phone)
    _store(person, force_insert=True)
    _note(actor, "registered", person, data={"category": person.category, "linked": user_id is not None})
    return person


def link_user(person: Person, *, user_id: int, category: str = "", actor: Actor) -> Person:
    """Tie the account of somebody whose identity the caller has made sure of to a person who is known already.

    An account that is tied already stays. Raises Conflict PERSON_HAS_USER when the person has another account,
    IDENTITY_TAKEN when the account belongs to somebody else.
    """
    person = lock(person)
    if person.user_id not in (None, user_id):
        raise Conflict("PERSON_HAS_USER", _("这个人已经有登录账号。请先核对身份，再请上级工会更正。"))
    if person.user_id is None:
        person.user_id = user_id
        _store(person, update_fields=["user"])
        _note(actor, "linked", person)
    return change_category(person, category=category, actor=actor) if category else person


def change_category(person: Person, *, category: str, actor: Actor) -> Person:
    """Change what kind of worker somebody is; a member is counted anew from today. Raises RuleBroken CATEGORY."""
    person, before = lock(person), person.category
    person.category = _known_category(category)
    if before == person.category:
        return person
    _store(person, update_fields=["category"])
    _note(actor, "category_changed", person, before=before, after=person.category)
    count_anew(person, actor)
    return person


def correct_identity(
    person: Person, *, name: str, id_number: str = "", phone: str = "", reason: str, actor: Actor
) -> Person:
    """Correct name, ID number and phone as the papers show them; an empty number or phone stays as it is.

    Raises as :func:`register_person`, and RuleBroken REASON_NEEDED.
    """
    person, reason = lock(person), require_reason(reason)
    sex = person.sex
    before = _fingerprint(person)
    _write_identity(person, name=name, id_number=id_number or person.id_number)
    _write_phone(person, phone or person.phone)
    _store(person, update_fields=[*_IDENTITY_COLUMNS, *_PHONE_COLUMNS])
    changed = [column for column, value in _fingerprint(person).items() if value != before[column]]
    _note(actor, "identity_corrected", person, reason=reason, data={"fields": changed})
    if person.sex != sex:
        count_anew(person, actor)
    return person


def lock(person: Person) -> Person:
    """The person as it stands now, held until the transaction ends: all changes of one person wait for each other.

    Raises NotFound when it was merged or erased meanwhile.
    """
    _demand_transaction()
    held = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk=person.pk, canonical=None).first()
    if held is None or held.erased_at is not None:
        raise NotFound("PERSON_NOT_FOUND", _("没有找到这个人。"))
    return held


# Memberships


def admit(
    person: Person,
    union: Union,
    *,
    actor: Actor,
    decision: Decision,
    day: date,
    origin: str = Origin.ONLINE,
    reason: str = "",
    records: Sequence[Record] = (),
) -> Membership:
    """Make the person a member of ``union`` from ``day`` on and count them there; ``records`` are the caller's own.

    Raises NotAllowed, Conflict ALREADY_MEMBER, RuleBroken (UNION_TAKES_NO_MEMBERS, DAY_IN_FUTURE,
    MEMBERSHIPS_OVERLAP).
    """
    decision.require()
    person = lock(person)
    _require_taking(union, day)
    earlier = [membership.span for membership in Membership.objects.filter(person=person)]
    rules.require_day_of_admission(day, today=clock.today(), earlier=earlier)
    membership = _new_membership(person, union, day, origin)
    try:
        with transaction.atomic():
            _open(membership, actor, decision, reason, records)
    except IntegrityError as error:
        if Membership.objects.current().filter(person=person).exists():
            raise rules.already_member() from error
        raise
    MembershipStay.objects.create(membership=membership, union=union, since=day)
    events.member_joined.send(sender=Membership, membership=membership, actor=actor)
    return membership


def retain(
    membership: Membership,
    *,
    actor: Actor,
    decision: Decision,
    day: date,
    reason: str,
    union: Union | None = None,
    records: Sequence[Record] = (),
) -> Membership:
    """Keep the membership of somebody retired, out of work, or whose employer closed (then at the ``union`` above).

    Raises NotAllowed, InvalidMove, Conflict (STALE, UNION_CLOSED), RuleBroken (REASON_NEEDED, DAY_IN_FUTURE,
    DAY_TOO_EARLY).
    """
    brought = _Brought(actor, decision, day, require_reason(reason), records)
    return _move(membership, MembershipEvent.RETAIN, brought, union)


def take_up(
    membership: Membership,
    *,
    actor: Actor,
    decision: Decision,
    day: date,
    union: Union | None = None,
    reason: str = "",
    records: Sequence[Record] = (),
) -> Membership:
    """Make a retained membership active again, at the union of the new employment when ``union`` is named.

    Raises as :func:`retain`, and RuleBroken UNION_TAKES_NO_MEMBERS.
    """
    if union is not None:
        _require_taking(union, day)
    return _move(membership, MembershipEvent.TAKE_UP, _Brought(actor, decision, day, reason, records), union)


def begin_transfer(
    membership: Membership, *, actor: Actor, decision: Decision, reason: str = "", records: Sequence[Record] = ()
) -> Membership:
    """Mark that the membership is on its way to another union; until that one accepts it stays where it is."""
    brought = _Brought(actor, decision, clock.today(), reason, records)
    return _move(membership, MembershipEvent.BEGIN_TRANSFER, brought)


def complete_transfer(
    membership: Membership,
    *,
    union: Union,
    actor: Actor,
    decision: Decision,
    day: date,
    reason: str = "",
    records: Sequence[Record] = (),
) -> Membership:
    """Move the membership to the accepting ``union`` from ``day`` on; the number stays. One fewer there, one more here.

    Raises as :func:`retain`, and RuleBroken (UNION_TAKES_NO_MEMBERS, SAME_UNION).
    """
    _require_taking(union, day)
    if union.pk == membership.union_id:
        raise rules.broken("SAME_UNION", _("会籍现在就在这个工会。"), "union")
    return _move(membership, MembershipEvent.COMPLETE_TRANSFER, _Brought(actor, decision, day, reason, records), union)


def call_off_transfer(
    membership: Membership, *, actor: Actor, decision: Decision, reason: str, records: Sequence[Record] = ()
) -> Membership:
    """Leave the membership where it is after all. Raises as :func:`retain`."""
    brought = _Brought(actor, decision, clock.today(), require_reason(reason), records)
    return _move(membership, MembershipEvent.CALL_OFF_TRANSFER, brought)


def end_membership(
    membership: Membership,
    *,
    cause: str,
    actor: Actor,
    decision: Decision,
    day: date,
    reason: str = "",
    records: Sequence[Record] = (),
) -> Membership:
    """End the membership before ``day``, by one of the ENDINGS: left, deemed to have left, expelled, died.

    Raises as :func:`retain`, and RuleBroken ENDING_UNKNOWN.
    """
    if cause not in ENDINGS:
        raise rules.broken("ENDING_UNKNOWN", _("请选择会籍终止的原因。"), "cause")
    if membership.MACHINE.require(membership.state, cause).needs_reason:
        reason = require_reason(reason)
    ended = _move(membership, MembershipEvent(cause), _Brought(actor, decision, day, reason, records))
    events.membership_ended.send(sender=Membership, membership=ended, actor=actor)
    return ended


# How a membership moves


@dataclass(frozen=True)
class _Brought:
    actor: Actor
    decision: Decision
    day: date
    reason: str = ""
    records: Sequence[Record] = ()


def _new_membership(person: Person, union: Union, day: date, origin: str) -> Membership:
    return Membership(
        person=person,
        union=union,
        number=numbers.take(clock.today().year)[0],
        since=day,
        origin=Origin(origin).value,
        counted_as=records.facts_of(person, Membership.MACHINE.initial),
    )


def _open(membership: Membership, actor: Actor, decision: Decision, reason: str, more: Sequence[Record]) -> None:
    counted = records.put_in(
        membership.person_id,
        membership.union_id,
        membership.counted_as,
        cause=MembershipEvent.ADMIT.value,
        day=membership.since,
    )
    data = {"day": membership.since.isoformat(), "origin": membership.origin, "union": membership.union_id}
    lifecycle.open(membership, actor=actor, decision=decision, reason=reason, records=[*more, counted], data=data)


def _move(membership: Membership, event: MembershipEvent, brought: _Brought, union: Union | None = None) -> Membership:
    """Move under the lock of the person; end and begin stays; take out of the stock what was counted, put in anew."""
    brought.decision.require()
    person = lock(membership.person)
    held = _locked(membership, person)
    target = held.MACHINE.require(held.state, event).target
    stay = MembershipStay.objects.get(membership=held, until=None)
    rules.require_day_of_change(brought.day, today=clock.today(), since=stay.since)
    union_id = _destination(held, union, brought.day)
    ends = event in ENDINGS
    facts = {} if ends else records.facts_of(person, target)
    counted = [] if _same_count(held, union_id, facts) else _restock(held, event, brought.day, union_id, facts)
    data = {"day": brought.day.isoformat(), **({"from": held.union_id, "to": union_id} if union else {})}
    changes: dict[str, Any] = {"counted_as": facts, "union_id": union_id}
    if ends:
        changes |= {"until": brought.day, "ended_by": event.value}
    _keep_stays(stay, union_id, brought.day, ends=ends)
    return _apply(held, event, brought, changes, counted, data)


def _apply(
    held: Membership,
    event: MembershipEvent,
    brought: _Brought,
    changes: Mapping[str, Any],
    counted: Sequence[Record],
    data: Mapping[str, Any],
) -> Membership:
    return lifecycle.apply(
        held,
        event,
        actor=brought.actor,
        decision=brought.decision,
        reason=brought.reason,
        changes=dict(changes),
        records=[*brought.records, *counted],
        data=dict(data),
    )


def _locked(membership: Membership, person: Person) -> Membership:
    """The membership as it stands now. Raises Conflict STALE when it moved since the caller read it."""
    held = Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.pk)
    if held.state != membership.state or held.union_id != membership.union_id:
        raise stale()
    held.person = person
    return held  # type: ignore[no-any-return]


def stale() -> Conflict:
    """Somebody was faster."""
    return Conflict("STALE", _("别人刚刚处理过这一件，请刷新页面后再看。"))


def _destination(held: Membership, union: Union | None, day: date) -> int:
    if union is None:
        return held.union_id
    if not union.is_open_on(day):
        raise Conflict("UNION_CLOSED", _("“{union}”这一天还没有成立或已经撤销。", union=union.name))
    return union.pk


def _same_count(held: Membership, union_id: int, facts: Mapping[str, str]) -> bool:
    return held.union_id == union_id and held.counted_as == facts


def _restock(
    held: Membership, event: MembershipEvent, day: date, union_id: int, facts: Mapping[str, str]
) -> list[Record]:
    taken = records.take_out(held, cause=event.value, day=day)
    return [taken, records.put_in(held.person_id, union_id, facts, cause=event.value, day=day)] if facts else [taken]


def _keep_stays(stay: MembershipStay, union_id: int, day: date, *, ends: bool) -> None:
    if not ends and union_id == stay.union_id:
        return
    stay.until = day
    stay.save(update_fields=["until"])
    if not ends:
        MembershipStay.objects.create(membership_id=stay.membership_id, union_id=union_id, since=day)


def count_anew(person: Person, actor: Actor) -> None:
    """Bring the stock in line after category or sex changed, or the membership came to another entry of the same
    human being; the move carries the records, no state changes."""
    membership = Membership.objects.current().filter(person=person).first()
    if membership is None or membership.counted_as == records.facts_of(person, membership.state):
        return
    decision = Decision(True, ground="count")
    membership.person = person
    _move(membership, MembershipEvent.COUNT_ANEW, _Brought(actor, decision, clock.today()))


def _require_taking(union: Union, day: date) -> None:
    if not union.accepts_members or not union.is_open_on(day):
        text = _("“{union}”不直接接收会员，请选基层工会或街道、乡镇工会。", union=union.name)
        raise RuleBroken("UNION_TAKES_NO_MEMBERS", text, fields={"union": [text]})


# How an identity is written

_IDENTITY_COLUMNS = (
    "name", "name_key", "name_initials", "name_tail_index", "sex", "birth_date", "id_kind", "id_number", "id_index",
)  # fmt: skip
_PHONE_COLUMNS = ("phone", "phone_index")
_OF_ONE = ("id_index", "phone_index", "user_id")


def identity_taken() -> Conflict:
    """Number, phone or account stand with somebody else; which of them is told to nobody."""
    return Conflict("IDENTITY_TAKEN", _("证件号、手机号或账号需要核对。请本人在“我的信息 → 号码被占用”里申请核实。"))


def name_and_tail_index(name: str, tail: str) -> str:
    """The index by which a name together with the last four of the ID number is found; empty without both."""
    return blind_index(NAME_AND_TAIL, f"{rules.name_key(name)}|{tail}") if name and len(tail) == rules.TAIL else ""


def _write_identity(person: Person, *, name: str, id_number: str) -> None:
    person.name = identifiers.person_name(name)
    person.name_key = rules.name_key(person.name)
    person.name_initials = initials_of(person.name)
    if id_number:
        found = identifiers.resident_id(id_number)
        person.id_number, person.id_kind = found.number, found.form.value
        person.birth_date = found.birth_date
        person.sex = found.sex.value or person.sex
        person.id_index = blind_index(ID_NUMBER, found.number)
    person.name_tail_index = name_and_tail_index(person.name, str(person.id_number)[-rules.TAIL :])


def _write_phone(person: Person, phone: str) -> None:
    if phone:
        person.phone = identifiers.mobile_phone(phone)
        person.phone_index = blind_index(PHONE, person.phone)


def _fingerprint(person: Person) -> dict[str, object]:
    """What may change in a correction, by column, without the sealed values themselves."""
    columns = ("name", "sex", "birth_date", "id_index", "phone_index")
    return {column: getattr(person, column) for column in columns}


def _store(person: Person, **how: Any) -> None:
    try:
        with transaction.atomic():
            person.save(**how)
    except IntegrityError as error:
        if _is_taken(person):
            raise identity_taken() from error
        raise


def _is_taken(person: Person) -> bool:
    same = [Q(**{column: value}) for column in _OF_ONE if (value := getattr(person, column))]
    others = Person.objects.canonical().filter(erased_at=None).exclude(pk=person.pk)
    return bool(same) and others.filter(reduce(or_, same)).exists()


def _known_category(category: str) -> str:
    if category not in set(WorkerCategory):
        raise rules.broken("CATEGORY", _("请选择您的职业类别。"), "category")
    return WorkerCategory(category).value


def _note(actor: Actor, act: str, person: Person, **columns: Any) -> None:
    audit.record(
        actor,
        f"people.person.{act}",
        subject_type="people.person",
        subject_id=person.public_id,
        subject_key=person.public_id,
        **columns,
    )


def _demand_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("persons change only inside the transaction of their case")
