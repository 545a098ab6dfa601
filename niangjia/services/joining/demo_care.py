"""Guardians and disputed numbers in the demonstration: one of each state that somebody meets at the desk or on a phone.

Everything by the actions, on days in the past; photos are small drawn pictures.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.commons.people.disputes import actions as disputes
from niangjia.commons.people.disputes import raising
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.guardians import actions as guardians
from niangjia.commons.people.guardians import consent
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.identifiers import Sex, invented_phone, invented_resident_id
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User
from niangjia.platform.personal_data import consents

SETTLED_FOR = 100
"""Members of so many days are taken, so that all of it lies after they joined."""

FIRST_WARD, FIRST_ASKER = 4100, 4150
_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def fill(here: Iterator[Membership], officer: Actor, member: Person | None) -> None:
    """Let it befall members of the street; ``member`` is whom visitors sign in as."""
    _guardians(here, officer, member)
    _disputes(here, officer, member)


# Guardians


def _guardians(here: Iterator[Membership], officer: Actor, member: Person | None) -> None:
    """Two that wait at the desk, four in force or ended, one refused; the visitor's own has a child."""
    for serial, (name, years) in enumerate((("范小雨", 6), ("齐小满", 15))):
        _applied(next(here).person, serial, name, years, back=2 + serial)
    for serial, (name, years) in enumerate((("常小禾", 9), ("康小舟", 16), ("邹小苗", 3)), 2):
        row = _applied(next(here).person, serial, name, years, back=40)
        _at(officer, guardians.approve, row, back=37)
    ended = _applied(next(here).person, 5, "蔡小星", 12, back=90)
    _at(officer, guardians.approve, ended, back=88)
    with _days_ago(20):
        guardians.end(public_id=ended.public_id, reason="孩子由另一方监护。", actor=officer)
    refused = _applied(next(here).person, 6, "潘小川", 8, back=30)
    with _days_ago(28):
        guardians.refuse(public_id=refused.public_id, reason="照片看不清姓名，请重新拍照后再申请。", actor=officer)
    if member is not None:
        _at(officer, guardians.approve, _applied(member, 7, "小石榴", 7, back=60), back=58)


def _applied(guardian: Person, serial: int, name: str, years: int, *, back: int) -> Guardianship:
    birth = date(clock.today().year - years, 1, 9)
    number = invented_resident_id(FIRST_WARD + serial, birth, Sex.FEMALE)
    with _days_ago(back):
        version = consents.current(consent.CODES[consent.stage_of(birth)]).version
        return guardians.apply(
            kind="parent", name=name, id_number=number, consent_version=version, papers=[_photo()],
            actor=_member(guardian),
        )  # fmt: skip


# Disputes


def _disputes(here: Iterator[Membership], officer: Actor, member: Person | None) -> None:
    """One in each state in which somebody waits, one of each end; the visitor is asked about one."""
    _about_phone(0, next(here).person, back=2)
    answered = _about_phone(1, next(here).person, back=6)
    _answers(answered, "released", back=4)
    kept = _about_phone(2, next(here).person, back=7)
    _answers(kept, "mine", back=5)
    moved = _about_phone(3, next(here).person, back=34)
    _answers(moved, "released", back=32)
    _decides(moved, officer, "move", "本人答复号码已经不用。", back=30)
    refused = _about_phone(4, next(here).person, back=25)
    _answers(refused, "mine", back=23)
    _decides(refused, officer, "refuse", "登记人仍在用这个号码登录，话费账单核对无误。", back=21)
    proposed = _about_phone(5, next(here).person, back=9)
    _answers(proposed, "mine", back=8)
    _decides(proposed, officer, "move", "申请人出示了运营商的实名信息。", back=6)
    if member is not None:
        _about_phone(6, member, back=1)


def _about_phone(serial: int, holder: Person, *, back: int) -> Dispute:
    """Somebody who has just got the phone of ``holder`` says so."""
    with _days_ago(back):
        phone = invented_phone(FIRST_ASKER + serial)
        user = User.objects.create(phone=phone, phone_index=phones.index_of(phone))
        return raising.raise_dispute(
            kind="phone", value=str(holder.phone), proven=True, name="新号主" + "甲乙丙丁戊己庚"[serial],
            note="上个月在营业厅办的号。", actor=Actor(ActorKind.MEMBER, user_id=user.pk),
        )  # fmt: skip


def _answers(dispute: Dispute, said: str, *, back: int) -> None:
    with _days_ago(back):
        actor = Actor(ActorKind.MEMBER, user_id=dispute.holder_user_id, person_id=dispute.holder_id)
        disputes.answer(public_id=dispute.public_id, answer=said, note="", actor=actor)


def _decides(dispute: Dispute, officer: Actor, outcome: str, reason: str, *, back: int) -> None:
    with _days_ago(back):
        disputes.decide(public_id=dispute.public_id, outcome=outcome, reason=reason, actor=officer)


# Who acts, when


def _at(officer: Actor, act: Any, row: Guardianship, *, back: int) -> None:
    with _days_ago(back):
        act(public_id=row.public_id, actor=officer)


def _member(person: Person) -> Actor:
    return Actor(ActorKind.MEMBER, name=person.name, user_id=person.user_id, person_id=person.pk)


def _photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("证件.png", _DOT, content_type="image/png")


def _days_ago(days: int) -> Any:
    return clock.travelling(clock.now() - timedelta(days=days, minutes=30))
