"""Claims of the years, each led by the right hands from the counter of an agency to the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import invented_phone
from niangjia.platform.personal_data import data_keys
from niangjia.services.protection import actions
from niangjia.services.protection.catalogue import Kinship
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.models import Enrolment, Plan
from niangjia.services.protection.testing import a_card, a_child_of, papers_of
from niangjia.shells.replay import years
from niangjia.shells.replay.cast import Cast

FILED_AFTER, CHECKED_AFTER, ANSWERED_AFTER = (timedelta(days=days) for days in (12, 15, 18))
"""How long after the event a claim of the replay is filed, checked and answered."""


@dataclass(frozen=True)
class Happening:
    """One event of one insured person."""

    events: years.Events
    day: date
    serial: int
    person_id: int
    union_id: int


def happenings(cast: Cast) -> list[Happening]:
    """All events in the order of their days, each of another person who is protected by the plan on that day."""
    found: list[Happening] = []
    people = {code: _insured(code) for code in (years.SIX, years.GENERAL)}
    women = _insured(years.SIX, sex="female")
    used: set[int] = set()
    for events in years.CLAIMS:
        source = women if events.cover == "women_disease" else people[events.plan]
        for day in events.days():
            person_id, union_id = next(one for one in source if one[0] not in used)
            used.add(person_id)
            found.append(Happening(events, day, len(found), person_id, union_id))
    return sorted(found, key=lambda one: (one.day, one.serial))


def _insured(code: str, **person: str) -> Iterator[tuple[int, int]]:
    """Those enrolled first, protected since the plan began: person and union."""
    rows = Enrolment.objects.filter(plan__code=code, **{f"person__{name}": value for name, value in person.items()})
    return rows.order_by("from_day", "pk").values_list("person_id", "union_id").iterator()


def play(cast: Cast, happening: Happening, plan: Plan) -> Claim:
    """From the counter to the approval; the keys of the person and of the books are fetched once."""
    with data_keys.held(()):
        return _led(cast, happening, plan)


def _led(cast: Cast, happening: Happening, plan: Plan) -> Claim:
    clerk = cast.clerks[happening.union_id]
    with clock.travelling(happening.day + FILED_AFTER):
        claim = _file(clerk, happening, plan)
    with clock.travelling(happening.day + CHECKED_AFTER):
        actions.check(public_id=claim.public_id, actor=clerk)
    with clock.travelling(happening.day + ANSWERED_AFTER):
        actions.review(public_id=claim.public_id, actor=cast.reviewer)
        return actions.approve(public_id=claim.public_id, actor=cast.decider)


def _file(clerk: Actor, happening: Happening, plan: Plan) -> Claim:
    events, serial = happening.events, happening.serial
    claim = actions.begin(plan_id=plan.pk, actor=clerk, person_id=happening.person_id)
    texts = {"cover": events.cover, "bank_account": a_card(serial)}
    if events.cover == "death":
        kin = {"kinship": Kinship.SPOUSE.value, "claimant_name": "王虚构", "claimant_phone": invented_phone(serial)}
        texts |= kin
    if events.cover == "child_accident":
        texts["child"] = a_child_of(claim.person).public_id
    told = events.told(happening.day, f"R{serial:08d}")
    actions.fill(public_id=claim.public_id, actor=clerk, told=told, event_day=happening.day, **texts)
    papers = papers_of(events.cover, claim.public_id)
    actions.attach_all(public_id=claim.public_id, papers=papers, actor=clerk)
    return actions.submit(public_id=claim.public_id, actor=clerk)
