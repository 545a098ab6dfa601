"""How this room fills the demonstration: a feed that was agreed to, and one whose round waits for a reviewer.

Everything goes through the room's own actions, on days in the past; the files are read as any upload is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from niangjia.commons.payments import actions as payments
from niangjia.commons.payments import testing as money
from niangjia.commons.people.models import Membership
from niangjia.commons.unions import tree
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import staff
from niangjia.kernel import clock
from niangjia.kernel.identifiers import invented_resident_id
from niangjia.platform.accounts import phones
from niangjia.platform.jobs import queue, runner
from niangjia.platform.jobs.registry import LONG
from niangjia.services.reimbursement import actions, paying, testing
from niangjia.services.reimbursement.feeds import sheets
from niangjia.services.reimbursement.models import Case, Feed, Round
from niangjia.services.reimbursement.states import CaseState, Programme

DISTRICT, CITY = "110114", "110000"
CLERK, REVIEWER = "clerk", "district"
MEMBERS, IN_FUND = 24, 2_000_000_00
FEEDS = ((9, True), (1, False))
"""How many days ago each feed came, and whether it was agreed to the day after."""


def fill(city: Any) -> None:
    """Called by the demonstration once members stand."""
    money.a_fund(city.union(CITY), IN_FUND, paying.FUND, actor=city.actor)
    people = _members(city)
    _name_accounts(city, people)
    for number, (back, agreed) in enumerate(FEEDS):
        day = city.day - timedelta(days=back)
        with clock.travelling(day):
            round_ = _applied(city, list(_rows(city, people, day, number)))
        if agreed and round_ is not None:
            with clock.travelling(day + timedelta(days=1)):
                _agree(city, round_)


def _members(city: Any) -> Sequence[Membership]:
    """Those who have been members of the district longest, and whoever the demonstration calls a member."""
    below = tree.below(city.union(DISTRICT).pk)
    rows = Membership.objects.current().filter(union__in=below).select_related("person").order_by("since", "pk")
    shown = [phones.index_of(entry.sign_in) for entry in city.sign_ins if entry.role == Role.MEMBER]
    known = rows.filter(person__user__phone_index__in=shown)
    return [*rows.exclude(pk__in=known)[: MEMBERS - len(shown)], *known]


def _name_accounts(city: Any, people: Sequence[Membership]) -> None:
    """Most have said where their money goes; a few are still to be asked."""
    for number, membership in enumerate(people):
        if number % 8 != 7:
            payments.name_account(
                person_id=membership.person_id, bank="试验银行昌平支行", account_number=money.a_card(880_000 + number),
                actor=city.actor,
            )  # fmt: skip


def _rows(city: Any, people: Sequence[Membership], day: date, number: int) -> Iterator[dict[str, Any]]:
    """What the insurer wrote: two visits of each, and two rows that match nobody."""
    chance = city.random
    for place, membership in enumerate(people):
        for visit in range(2):
            on = max(membership.since, day - timedelta(days=chance.randint(5, 40)))
            name, id_number = membership.person.name, str(membership.person.id_number)
            if number and place < 2 and visit == 0:
                name, id_number = ("查无此", invented_resident_id(4_700_000 + place, date(1985, 3, 2), "male"))
            paid = f"{chance.randint(300, 9000)}.{chance.randint(0, 99):02d}"
            key = f"SY{number}{visit}{place:08d}"
            yield testing.a_row(name, id_number, key, paid, day=on, **{sheets.KIND: chance.choice(("门诊", "住院"))})


def _applied(city: Any, rows: Sequence[dict[str, Any]]) -> Round | None:
    clerk = staff(city.users[CLERK])
    file = testing.a_file(rows)
    feed = actions.upload_roster(upload=file, union_code=DISTRICT, programme=Programme.GENERAL.value, actor=clerk)
    _work(feed)
    actions.apply_roster(public_id=feed.public_id, actor=clerk)
    _work(feed)
    return Round.objects.filter(feed=feed).first()


def _work(feed: Feed) -> None:
    """What a worker does with it."""
    feed.refresh_from_db()
    before = feed.state
    while feed.state == before and (job := queue.claim(LONG, "demonstration")) is not None:
        runner.run(job)
        feed.refresh_from_db()


def _agree(city: Any, round_: Round) -> None:
    reviewer = staff(city.users[REVIEWER])
    sampled = Case.objects.filter(round=round_, state=CaseState.COMPUTED).exclude(sampled="")
    for case in sampled.order_by("pk"):
        actions.clear(public_id=case.public_id, actor=reviewer)
    actions.approve_round(public_id=round_.public_id, actor=reviewer)
