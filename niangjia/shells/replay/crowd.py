"""A crowd of invented members, made by the function that makes members of a roster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.db import transaction

from niangjia.commons.people import bulk as people
from niangjia.commons.people import numbers, rules
from niangjia.commons.people.initials import initials_of
from niangjia.commons.people.models import ID_NUMBER, NAME_AND_TAIL, PHONE, Membership, Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import invented_phone, invented_resident_id
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.policy import allow
from niangjia.platform.personal_data import bulk
from niangjia.platform.personal_data.blind_index import indexer

AT_ONCE = 8000
"""Members of one committed batch."""

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = "建国秀兰志强海燕晓东丽娟文斌小梅国庆雪大勇桂芳鹏玉珍阳静"
FIRST_BIRTH, BIRTH_DAYS = date(1964, 1, 1), 14_000
"""Born so that everybody is between 16 and 60 in the years that are played."""


def birth_of(serial: int) -> date:
    """The birth date of the invented person ``serial``."""
    return FIRST_BIRTH + timedelta(days=serial * 37 % BIRTH_DAYS)


def sex_of(serial: int) -> str:
    """``male`` or ``female``."""
    return "male" if serial % 3 else "female"


def name_of(serial: int) -> str:
    """A name of three characters, one of some twenty-six thousand."""
    given = GIVEN[serial // 31 % len(GIVEN)] + GIVEN[serial // 899 % len(GIVEN)]
    return SURNAMES[serial % len(SURNAMES)] + given


def id_number_of(serial: int) -> str:
    """An identity number of nobody."""
    return invented_resident_id(serial, birth_of(serial), sex_of(serial))


def admit(
    serials: Sequence[int], *, union_ids: Sequence[int], categories: Sequence[str], since: date, actor: Actor
) -> Iterator[int]:
    """Make members of the invented persons ``serials``, in turns of the unions and categories; yields how many of them
    are members after each committed batch."""
    for start in range(0, len(serials), AT_ONCE):
        some = serials[start : start + AT_ONCE]
        with transaction.atomic():
            _admit(some, union_ids, categories, since, actor)
        yield start + len(some)


def _admit(
    serials: Sequence[int], union_ids: Sequence[int], categories: Sequence[str], since: date, actor: Actor
) -> None:
    keys = [new_public_id() for _serial in serials]
    seals = bulk.new_seals(keys)
    member_numbers = numbers.take(since.year, len(serials))
    places = _Places()
    newcomers = [
        places.newcomer(serial, key, seal, number, union_ids[serial % len(union_ids)], _turn(categories, serial), since)
        for serial, key, seal, number in zip(serials, keys, seals, member_numbers, strict=True)
    ]
    keys_of_memberships = [one.membership_key for one in newcomers]
    people.admit_many(
        newcomers,
        actor=actor,
        decision=allow("replay"),
        reason="replay",
        rows=Membership.objects.filter(public_id__in=keys_of_memberships),
    )


def _turn(categories: Sequence[str], serial: int) -> str:
    return categories[serial // 7 % len(categories)]


class _Places:
    """Where what is sealed of a person will stand, looked up once for many."""

    def __init__(self) -> None:
        self.index_number, self.index_phone = indexer(ID_NUMBER), indexer(PHONE)
        self.index_tail = indexer(NAME_AND_TAIL)
        self.number = Person._meta.get_field("id_number").place("")
        self.phone = Person._meta.get_field("phone").place("")

    def newcomer(
        self, serial: int, key: str, seal: bulk.PersonalSeal, number: str, union_id: int, category: str, since: date
    ) -> people.Newcomer:
        name, id_number, phone = name_of(serial), id_number_of(serial), invented_phone(20_000_000 + serial)
        return people.Newcomer(
            public_id=key,
            membership_key=new_public_id(),
            number=number,
            union_id=union_id,
            since=since,
            category=category,
            sex=sex_of(serial),
            name=name,
            name_key=rules.name_key(name),
            name_initials=initials_of(name),
            name_tail_index=self.index_tail(f"{rules.name_key(name)}|{id_number[-rules.TAIL :]}"),
            birth_date=birth_of(serial),
            id_kind="resident",
            id_number=seal.seal(id_number, self.number + key),
            id_index=self.index_number(id_number),
            phone=seal.seal(phone, self.phone + key),
            phone_index=self.index_phone(phone),
        )
