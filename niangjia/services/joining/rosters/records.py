"""What a roster leaves in the ledger: one join for each who became a member by it."""

from __future__ import annotations

from niangjia.commons.people.categories import is_new_form
from niangjia.commons.people.models import Membership
from niangjia.kernel import clock
from niangjia.kernel.identifiers import age_on
from niangjia.platform.lifecycle.records import Record
from niangjia.services.joining import rules
from niangjia.services.joining.records import JOINED, PROGRAMME


def joined(membership: Membership, birth_date: object) -> Record:
    """One worker who joined by a roster, counted today, by the facts of today."""
    person, today = membership.person, clock.today()
    dims = {
        "category": person.category,
        "new_form": "yes" if is_new_form(person.category) else "no",
        "sex": person.sex,
        "age_band": rules.age_band(age_on(birth_date, today)),  # type: ignore[arg-type]
    }
    return Record(PROGRAMME, JOINED, membership.union_id, person_id=membership.person_id, dims=dims)
