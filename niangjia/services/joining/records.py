"""What joining leaves in the ledger, and the indicators that read it."""

from __future__ import annotations

from niangjia.commons.people.categories import NEW_FORM
from niangjia.kernel import clock
from niangjia.kernel.identifiers import age_on
from niangjia.platform.lifecycle.records import Record
from niangjia.services.joining import rules
from niangjia.services.joining.models import Application

PROGRAMME = "joining"
APPLIED, ANSWERED, JOINED = "joining.applied", "joining.answered", "joining.joined"


def dims_of(application: Application) -> dict[str, str]:
    """The facts by which joins are counted, as of today."""
    return {
        "category": application.category,
        "new_form": "yes" if application.category in NEW_FORM else "no",
        "sex": application.sex,
        "age_band": rules.age_band(age_on(application.birth_date, clock.today())),
    }


def applied(application: Application) -> Record:
    """One application received by the union that is responsible first."""
    return Record(PROGRAMME, APPLIED, application.responsible_id, dims=dims_of(application))


def answered(application: Application, outcome: str) -> Record:
    """One application answered, with whether the promise to the applicant was kept."""
    in_time = "yes" if clock.now() <= application.promised_by else "no"
    dims = {**dims_of(application), "in_time": in_time, "outcome": outcome}
    return Record(PROGRAMME, ANSWERED, application.responsible_id, dims=dims)


def joined(application: Application, person_id: int) -> Record:
    """One worker who joined through this room."""
    at = {"at": "stall"} if application.stall_id else {}
    return Record(PROGRAMME, JOINED, application.home_id, person_id=person_id, dims={**dims_of(application), **at})
