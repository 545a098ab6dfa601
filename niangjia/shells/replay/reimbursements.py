"""The insurer's settlements of a year, file by file, to the money on the members' cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from niangjia.commons.payments import actions as payments
from niangjia.commons.payments.actions import Named
from niangjia.commons.payments.testing import a_card
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.platform.jobs import worker
from niangjia.services.protection.six import NEW_FORM
from niangjia.services.reimbursement import actions, testing
from niangjia.services.reimbursement.feeds import sheets
from niangjia.services.reimbursement.models import Case, Round
from niangjia.services.reimbursement.paying import FUND
from niangjia.services.reimbursement.states import CaseState, Programme
from niangjia.shells.replay import money, years
from niangjia.shells.replay.cast import SYSTEM, Cast

FILES = 4
"""Files of a year: one a quarter, each with the visits of its months."""

SENT_AFTER, AGREED_AFTER, PAID_AFTER = timedelta(days=3), timedelta(days=4), timedelta(days=6)


def holders(union: Union, count: int, *, new_form: bool) -> list[Person]:
    """Members below the union who say to which card they want their money."""
    rows = Membership.objects.current().filter(union__in=tree.below(union.pk))
    if new_form:
        rows = rows.filter(person__category__in=NEW_FORM)
    found = [row.person for row in rows.select_related("person").order_by("pk")[:count]]
    named = [Named(person.pk, "虚构银行", a_card(person.pk)) for person in found]
    payments.name_accounts(named=named, actor=SYSTEM)
    return found


def play(cast: Cast, settlements: years.Settlements) -> Iterator[int]:
    """Send, match, agree and pay; yields how many settlements are through after each file."""
    is_free = settlements.programme == Programme.FREE
    union = cast.city if is_free else cast.district
    with clock.travelling(date(2022, 1, 4)):
        people = holders(union, settlements.persons, new_form=is_free)
    for number in range(FILES):
        end = date(2022, 3 * number + 3, 20)
        with clock.travelling(end + SENT_AFTER):
            round_ = _applied(cast, union, settlements, _rows(people, settlements, number, end))
        with clock.travelling(end + AGREED_AFTER):
            _agree(cast, round_)
        money.pay_all(cast, end + PAID_AFTER, {FUND})
        yield settlements.persons * (settlements.visits * (number + 1) // FILES)


def _rows(people: list[Person], settlements: years.Settlements, number: int, end: date) -> Iterator[Mapping[str, Any]]:
    """The visits of one file, in the order of their days."""
    first, last = (settlements.visits * one // FILES for one in (number, number + 1))
    for visit in range(first, last):
        day = end - timedelta(days=70 - 70 * (visit - first) // max(1, last - first))
        for person in people:
            yield {
                sheets.NAME: person.name,
                sheets.ID_NUMBER: str(person.id_number),
                sheets.TRANSACTION: f"{settlements.programme}-{person.pk}-{visit}",
                sheets.KIND: "门诊",
                sheets.FROM_DAY: day.isoformat(),
                sheets.SELF_PAID: f"{settlements.self_paid_fen // 100}",
            }


def _applied(cast: Cast, union: Union, settlements: years.Settlements, rows: Iterator[Mapping[str, Any]]) -> Round:
    feed = actions.upload_roster(
        upload=testing.a_file(rows), union_code=union.code, programme=settlements.programme, actor=cast.bringer
    )
    worker.drain()
    actions.apply_roster(public_id=feed.public_id, actor=cast.bringer)
    worker.drain()
    return Round.objects.get(feed=feed)


def _agree(cast: Cast, round_: Round) -> None:
    """Look at the sample, then agree."""
    drawn = Case.objects.filter(round=round_, state=CaseState.COMPUTED).exclude(sampled="")
    for public_id in list(drawn.values_list("public_id", flat=True)):
        actions.clear(public_id=public_id, actor=cast.reviewer)
    actions.approve_round(public_id=round_.public_id, actor=cast.reviewer)
