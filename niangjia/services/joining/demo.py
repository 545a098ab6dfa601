"""How this room fills the demonstration: a year of applications, a street's desk of today, two known members.

Everything goes through the room's own actions, on days in the past; days are counted back from today.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.kernel.identifiers import Sex, invented_phone, invented_resident_id
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User
from niangjia.services.joining import actions, consent, demo_lives, rules
from niangjia.services.joining.intake import Answers
from niangjia.services.joining.models import Application, Stall

MONTHS, FIRST_SERIAL, SHARE_OF_SHOWN = 14, 1000, 0.4
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = (
    "建国",
    "秀兰",
    "志强",
    "海燕",
    "晓东",
    "丽娟",
    "文斌",
    "小梅",
    "国庆",
    "雪",
    "大勇",
    "桂芳",
    "鹏",
    "玉珍",
    "阳",
    "静",
)
CATEGORIES = (
    ("courier", 26), ("delivery_rider", 22), ("ride_hailing_driver", 10), ("truck_driver", 8), ("security_guard", 10),
    ("estate_agent", 5), ("domestic_worker", 5), ("enterprise_employee", 12), ("other", 2),
)  # fmt: skip
PLATFORMS = {
    "courier": "顺达快递", "delivery_rider": "百味外卖", "ride_hailing_driver": "平安出行", "truck_driver": "迅捷货运",
    "security_guard": "安居物业", "estate_agent": "好邻居房产", "domestic_worker": "巧手家政",
}  # fmt: skip
PLACES = (
    "地铁站 A 口", "外卖骑手驿站", "科技园会议室", "快递分拣中心", "物流园食堂", "商会会议室", "社区文化广场",
    "早市东门",
)  # fmt: skip
REFUSALS = ("填写的不是本人信息，请用本人信息重新申请。", "已在其他城市的工会有会籍，请先办理会籍转移。")


@dataclass
class _Pen:
    """Who is drawn next; ``city`` brings chance and the unions, ``shown`` are the streets that visitors see first."""

    city: Any
    streets: list[Union]
    shown: list[Union]
    serial: int = FIRST_SERIAL

    def answers(self) -> Answers:
        """Somebody new, with a job and a street."""
        self.serial += 1
        chance = self.city.random
        codes, weights = zip(*CATEGORIES, strict=True)
        category = chance.choices(codes, weights)[0]
        birth = self.city.day - timedelta(days=chance.randint(19 * 366, 57 * 365))
        sex = chance.choice((Sex.MALE, Sex.MALE, Sex.FEMALE))
        return Answers(
            name=chance.choice(SURNAMES) + chance.choice(GIVEN),
            id_number=invented_resident_id(self.serial, birth, sex),
            category=category,
            employer_name=PLATFORMS.get(category, ""),
            street=chance.choice(self.shown if chance.random() < SHARE_OF_SHOWN else self.streets).code,
            consent_version=consent.VERSION,
        )

    def applicant(self) -> Actor:
        return _member(invented_phone(self.serial))


def fill(city: Any) -> None:
    """Called by the demonstration once unions and offices stand."""
    streets = list(Union.objects.filter(kind__in=rules.STREET_LEVEL).order_by("code"))
    offices = {entry.union_code for entry in city.sign_ins}
    pen = _Pen(city, streets, [street for street in streets if street.code in offices])
    plan = list(_past(city))
    for moment in city.counted(plan, of=len(plan), what="applications"):
        _one_of_the_past(pen, moment)
    _members_of_today(pen)
    _talks(pen)
    _desk_of_today(pen)
    _lives(pen)


def _past(city: Any) -> Iterator[datetime]:
    """Moments of applications, more in spring and towards today, none in the last three weeks."""
    for back in range(MONTHS, 0, -1):
        busy = 8 + (MONTHS - back) + (6 if (city.day.month - back) % 12 in (3, 4) else 0)
        for _number in range(busy):
            day = city.day - timedelta(days=21 + (back - 1) * 30 + city.random.randint(0, 29))
            yield _at(day, city.random.randint(7, 21), city.random.randint(0, 59))


def _one_of_the_past(pen: _Pen, moment: datetime) -> None:
    with clock.travelling(moment):
        application = actions.submit(answers=pen.answers(), actor=pen.applicant())
    chance = pen.city.random
    with clock.travelling(
        moment + timedelta(days=chance.choice((1, 1, 2, 3, 5, 8, 12, 18)), hours=chance.randint(0, 4))
    ):
        officer = _officer_of(application.responsible)
        if chance.random() < 0.06:
            reason = chance.choice(REFUSALS)
            actions.refuse(public_id=application.public_id, reason=reason, actor=officer)
        else:
            actions.approve(public_id=application.public_id, actor=officer)


def _talks(pen: _Pen) -> None:
    """Talks of the last months with those who joined there, and one that runs now with four who wait."""
    for street in pen.shown:
        for number, back in enumerate((120, 92, 63, 40, 26, 12, 5)):
            talk = "employer" if number % 3 == 2 else "workers"
            with clock.travelling(_at(pen.city.day - timedelta(days=back), 11, 40)):
                _one_talk(pen, street, talk, PLACES[number])
        stall = _open(street, "workers", PLACES[-1], hours=12)
        for _person in range(4):
            answers = replace(pen.answers(), street=street.code, stall=stall.public_id)
            actions.submit(answers=answers, actor=pen.applicant())


def _one_talk(pen: _Pen, street: Union, talk: str, place: str) -> None:
    stall, officer = _open(street, talk, place), _officer_of(street)
    for _person in range(0 if talk == "employer" else pen.city.random.randint(3, 7)):
        answers = replace(pen.answers(), street=street.code, stall=stall.public_id)
        application = actions.submit(answers=answers, actor=pen.applicant())
        if application.responsible_id == street.pk:
            actions.approve(public_id=application.public_id, actor=officer)
    attended = pen.city.random.randint(8, 60)
    actions.end_stall(public_id=stall.public_id, attended=attended, actor=officer)


def _open(street: Union, talk: str, place: str, *, hours: int = 3) -> Stall:
    return actions.open_stall(
        talk=talk, union_code=street.code, place=place, day=clock.today(), hours=hours, actor=_officer_of(street)
    )


def _members_of_today(pen: _Pen) -> None:
    """Whoever the demonstration calls a member joined a month ago, at the union of the employer if there is one."""
    for entry in pen.city.sign_ins:
        if entry.role != Role.MEMBER:
            continue
        union: Union = pen.city.union(entry.union_code)
        firm = "" if union.kind in rules.STREET_LEVEL else union.name.removesuffix("工会")
        answers = replace(pen.answers(), street=_street_of(union).code, category="courier", employer_name=firm)
        with clock.travelling(_earlier(30)):
            application = actions.submit(answers=answers, actor=_member(entry.sign_in))
        with clock.travelling(_earlier(29)):
            actions.approve(public_id=application.public_id, actor=_officer_of(application.responsible))


def _desk_of_today(pen: _Pen) -> None:
    """What waits at the officers' unions: overdue, due soon, new, one in doubt, one with the applicant."""
    for entry in pen.city.sign_ins:
        if entry.role != Role.UNION_OFFICER:
            continue
        union = pen.city.union(entry.union_code)
        if union.kind in rules.STREET_LEVEL:
            for days in (33, 22, 21, 16, 12, 9, 6, 5, 3, 2, 1, 1, 0, 0):
                _waiting(pen, union, days)
            _doubtful(pen, union)
            _asked(pen, union)


def _lives(pen: _Pen) -> None:
    """What befalls the members of the street that visitors see first."""
    street = pen.city.union(next(entry.union_code for entry in pen.city.sign_ins if entry.sign_in == "officer"))
    neighbour = next(one for one in pen.streets if one != street and one.code[:6] == street.code[:6])
    demo_lives.fill(pen.city, street, neighbour)


def _waiting(pen: _Pen, street: Union, days: int) -> Application:
    with clock.travelling(_earlier(days)):
        return actions.submit(answers=replace(pen.answers(), street=street.code), actor=pen.applicant())


def _doubtful(pen: _Pen, street: Union) -> None:
    """Two open applications with one number: the second has to be checked."""
    first = _waiting(pen, street, 2)
    with clock.travelling(_earlier(1)):
        answers = replace(pen.answers(), street=street.code, id_number=first.id_number)
        actions.submit(answers=answers, actor=pen.applicant())


def _asked(pen: _Pen, street: Union) -> None:
    application = _waiting(pen, street, 7)
    with clock.travelling(_earlier(4)):
        reason = "请写明平时工作的路口或站点，方便确认由哪个街道办理。"
        actions.ask_more(public_id=application.public_id, reason=reason, actor=_officer_of(street))


def _street_of(union: Union) -> Union:
    line = [union, *tree.ancestors(union.pk)]
    return next(above for above in line if above.kind in rules.STREET_LEVEL)


def _officer_of(union: Union) -> Actor:
    grant = Grant(Role.UNION_OFFICER, union.pk, tree.path_of(union.pk))
    return Actor(ActorKind.STAFF, name="演示经办人", grants=(grant,))


def _member(phone: str) -> Actor:
    user = User.objects.create(phone=phone, phone_index=phones.index_of(phone))
    return Actor(ActorKind.MEMBER, user_id=user.pk)


def _earlier(days: int) -> datetime:
    return clock.now() - timedelta(days=days, hours=1) if days else clock.now() - timedelta(minutes=20)


def _at(day: date, hour: int, minute: int) -> datetime:
    return clock.moment(day, time(hour, minute))
