"""A crowd of invented members, standing before the play begins.

They are written straight into their tables, because they are a third of a million, and the books agree with them; but
they have no card and no word in the audit trail: nobody did anything. What the play does with them goes through
actions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from niangjia.commons.ledger import dims
from niangjia.commons.ledger.models import LedgerRow, Touched
from niangjia.commons.people import numbers, records, rules
from niangjia.commons.people.bulk import PERSON_COLUMNS
from niangjia.commons.people.initials import initials_of
from niangjia.commons.people.models import ID_NUMBER, NAME_AND_TAIL, PHONE, Membership, MembershipStay, Person
from niangjia.commons.people.states import MEMBERSHIP, MembershipEvent, Origin
from niangjia.kernel import clock
from niangjia.kernel.identifiers import invented_phone, invented_resident_id
from niangjia.kernel.ids import new_public_id
from niangjia.platform import rows
from niangjia.platform.personal_data import bulk
from niangjia.platform.personal_data.blind_index import indexer

AT_ONCE = 20_000
"""Members of one committed batch."""

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = "建国秀兰志强海燕晓东丽娟文斌小梅国庆雪大勇桂芳鹏玉珍阳静"
FIRST_BIRTH, BIRTH_DAYS = date(1964, 1, 1), 14_000
"""Born so that everybody is between 16 and 60 in the years that are played."""

MEMBER_COLUMNS = (
    "id", "public_id", "state", "state_since", "machine_version", "created_at", "person_id", "union_id", "number",
    "since", "origin", "ended_by", "counted_as",
)  # fmt: skip
STAY_COLUMNS = ("membership_id", "union_id", "since")
ROW_COLUMNS = (
    "day", "booked_at", "programme", "measure", "union_id", "person_id", "dimset_id", "qty", "fen", "source_type",
    "source_id", "subject_key",
)  # fmt: skip


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


def admit(serials: Sequence[int], *, union_ids: Sequence[int], categories: Sequence[str], since: date) -> Iterator[int]:
    """Let the invented persons ``serials`` be members since a day, in turns of the unions and categories; yields how
    many of them are after each committed batch."""
    for start in range(0, len(serials), AT_ONCE):
        some = serials[start : start + AT_ONCE]
        with transaction.atomic():
            _write([_Member.of(serial, union_ids, categories, since) for serial in some], since)
        yield start + len(some)


@dataclass(frozen=True, slots=True)
class _Member:
    """One of the crowd."""

    serial: int
    key: str
    union_id: int
    category: str
    sex: str

    @classmethod
    def of(cls, serial: int, union_ids: Sequence[int], categories: Sequence[str], since: date) -> _Member:
        union_id, category = union_ids[serial % len(union_ids)], categories[serial // 7 % len(categories)]
        return cls(serial, new_public_id(), union_id, category, sex_of(serial))


def _write(members: Sequence[_Member], since: date) -> None:
    now, facts = clock.now(), _Facts(since)
    facts.learn(members)
    people, memberships = (rows.next_ids(model, len(members)) for model in (Person, Membership))
    seals = bulk.new_seals([one.key for one in members])
    known = numbers.take(since.year, len(members))
    register = _Register()
    whole = list(zip(people, memberships, members, known, strict=True))
    rows.write(
        Person,
        PERSON_COLUMNS,
        (register.row(pk, one, seal, now) for pk, one, seal in zip(people, members, seals, strict=True)),
    )
    rows.write(
        Membership,
        MEMBER_COLUMNS,
        (
            (pk, new_public_id(), MEMBERSHIP.initial, now, MEMBERSHIP.version, now, person, one.union_id, number, since,
             Origin.ROSTER.value, "", facts.counted(one)[0])
            for person, pk, one, number in whole
        ),
    )  # fmt: skip
    rows.write(MembershipStay, STAY_COLUMNS, ((pk, one.union_id, since) for _person, pk, one, _number in whole))
    rows.write(
        LedgerRow,
        ROW_COLUMNS,
        (
            (since, now, records.PROGRAMME, records.MEMBERS, one.union_id, person, facts.counted(one)[1], 1, 0,
             "people.membership", pk, one.key)
            for person, pk, one, _number in whole
        ),
    )  # fmt: skip
    unions = sorted({one.union_id for one in members})
    rows.insert([Touched(measure=records.MEMBERS, union_id=union, day=since) for union in unions])


class _Facts:
    """What the books hold of members: the facts by which one is counted and their set in the ledger, each made once."""

    def __init__(self, since: date) -> None:
        self._since, self._known = since, dict[tuple[str, str], tuple[dict[str, str], int]]()

    def learn(self, members: Sequence[_Member]) -> None:
        """Make what is not known yet, before the connection is busy with rows."""
        for category, sex in {(one.category, one.sex) for one in members} - set(self._known):
            self._known[category, sex] = self._made(category, sex, self._since)

    def counted(self, one: _Member) -> tuple[dict[str, str], int]:
        """The facts, and the id of their set."""
        return self._known[one.category, one.sex]

    @staticmethod
    def _made(category: str, sex: str, since: date) -> tuple[dict[str, str], int]:
        facts = records.facts_of(Person(category=category, sex=sex), MEMBERSHIP.initial)
        record = records.put_in(0, 0, facts, cause=MembershipEvent.ADMIT.value, day=since)
        return facts, dims.intern([record.dims])[0]


class _Register:
    """What stands in the register of people, sealed; where each value will stand is looked up once."""

    def __init__(self) -> None:
        self.index_number, self.index_phone = indexer(ID_NUMBER), indexer(PHONE)
        self.index_tail = indexer(NAME_AND_TAIL)
        self.number = Person._meta.get_field("id_number").place("")
        self.phone = Person._meta.get_field("phone").place("")

    def row(self, pk: int, one: _Member, seal: bulk.PersonalSeal, now: Any) -> tuple[Any, ...]:
        """The values of ``PERSON_COLUMNS``."""
        name, id_number = name_of(one.serial), id_number_of(one.serial)
        phone, key = invented_phone(20_000_000 + one.serial), rules.name_key(name)
        return (
            pk, one.key, name, key, initials_of(name), self.index_tail(f"{key}|{id_number[-rules.TAIL :]}"), one.sex,
            birth_of(one.serial), "resident", seal.seal(id_number, self.number + one.key),
            self.index_number(id_number), seal.seal(phone, self.phone + one.key), self.index_phone(phone),
            one.category, now,
        )  # fmt: skip
