"""Lists of enrolment in the demonstration, all of one street: one that the city's office has enrolled, one that waits
for it, and one that was checked and that the street has not sent up.

Files are read as any upload is; the work that waits is done at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions import tree
from niangjia.commons.unions.testing import staff
from niangjia.kernel import clock
from niangjia.kernel.identifiers import invented_resident_id
from niangjia.platform.jobs import queue, runner
from niangjia.platform.jobs.registry import LONG
from niangjia.services.protection import six, testing_lists
from niangjia.services.protection.enrolment import actions, sheets
from niangjia.services.protection.enrolment.models import Roster
from niangjia.services.protection.models import Enrolment, Plan

STREET = "110114011"
UNIT, OFFICE = "officer", "chair"
SIZE, IN_ALL = 14, 3
BACK = (12, 3, 0)
"""How many days ago each list was brought."""


def fill(city: Any, plan: Plan) -> None:
    """Three lists of members of a street that have no protection yet."""
    people = _uncovered(city, plan)
    for number, back in enumerate(BACK):
        with clock.travelling(city.day - timedelta(days=back)):
            roster = _checked(city, plan, people[number::IN_ALL])
            if number < 2:
                actions.confirm_roster(public_id=roster.public_id, actor=staff(city.users[UNIT]))
        if number == 0:
            with clock.travelling(city.day - timedelta(days=back - 1)):
                _enrolled(city, roster)


def _uncovered(city: Any, plan: Plan) -> Sequence[Person]:
    below = tree.below(city.union(STREET).pk)
    covered = Enrolment.objects.filter(plan=plan).values("person_id")
    rows = Membership.objects.current().filter(union__in=below, person__category__in=six.NEW_FORM)
    rows = rows.filter(since__lt=city.day - timedelta(days=BACK[0])).exclude(person__in=covered)
    found = rows.select_related("person").order_by("since", "pk")[: SIZE * IN_ALL]
    return [row.person for row in found]


def _checked(city: Any, plan: Plan, people: Sequence[Person]) -> Roster:
    """A list of them, with one row that names nobody."""
    lost = {sheets.NAME: "查无此", sheets.ID_NUMBER: invented_resident_id(4_800_000, date(1988, 5, 1), "female")}
    rows = [*(testing_lists.a_row(person) for person in people), lost]
    roster = testing_lists.uploaded(rows, city.union(STREET), plan, staff(city.users[UNIT]))
    return work(roster)


def _enrolled(city: Any, roster: Roster) -> None:
    actions.apply_roster(public_id=roster.public_id, actor=staff(city.users[OFFICE]))
    work(roster)


def work(roster: Roster) -> Roster:
    """What a worker does with it."""
    roster.refresh_from_db()
    before = roster.state
    while roster.state == before and (job := queue.claim(LONG, "demonstration")) is not None:
        runner.run(job)
        roster.refresh_from_db()
    return roster
