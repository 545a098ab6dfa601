"""What a membership leaves in the ledger: one stock, members at a union by standing, category and sex.

A change takes out exactly what was put in, under the facts of then, and puts in what is true now. ``cause`` says why,
so that a transfer is never taken for a new member; the facts without the cause tell the stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from niangjia.commons.people.categories import is_new_form
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.states import MembershipState
from niangjia.platform.lifecycle.records import Record

PROGRAMME = "membership"
MEMBERS = "people.members"


def facts_of(person: Person, state: str) -> dict[str, str]:
    """The facts under which a member is counted; who is being transferred still counts as active where they are."""
    return {
        "standing": "retained" if state == MembershipState.RETAINED else "active",
        "category": person.category,
        "new_form": "yes" if is_new_form(person.category) else "no",
        "sex": person.sex,
    }


def put_in(person_id: int, union_id: int, facts: Mapping[str, str], *, cause: str, day: date) -> Record:
    """One more member at the union from ``day`` on."""
    return _one(1, person_id, union_id, facts, cause, day)


def take_out(membership: Membership, *, cause: str, day: date) -> Record:
    """One member fewer at the present union, under the facts by which this one was counted."""
    return _one(-1, membership.person_id, membership.union_id, membership.counted_as, cause, day)


def put_back(person_id: int, union_id: int, facts: Mapping[str, str], *, ended_by: str, day: date) -> Record:
    """The member whom an ending took out on ``day``, back from that day on: the ending's own record is reversed, or,
    where the facts have changed since, one more is counted."""
    return replace(_one(1, person_id, union_id, facts, ended_by, day), takes_back=True)


def _one(qty: int, person_id: int, union_id: int, facts: Mapping[str, str], cause: str, day: date) -> Record:
    return Record(
        PROGRAMME,
        MEMBERS,
        union_id,
        qty=qty,
        person_id=person_id,
        day=day,
        dims={**facts, "cause": cause},
        kind="stock",
    )
