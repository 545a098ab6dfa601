"""Signs that a member is still there: a service in the ledger, signing in, joining or moving lately.

The platform keeps no book of dues; an officer looks at each case before anybody is warned.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Exists, Max, OuterRef

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people.models import Membership, MembershipQuerySet, MembershipStay, Person
from niangjia.commons.people.records import MEMBERS
from niangjia.commons.people.states import MembershipState
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.platform.accounts.models import Session


def without_any(union: Union, since: date) -> MembershipQuerySet:
    """Active members of a union who were there on ``since`` already and gave no sign from then on."""
    begun = clock.moment(since)
    served = LedgerRow.objects.live().filter(person_id=OuterRef("person_id"), day__gte=since).exclude(measure=MEMBERS)
    seen = Session.objects.filter(user=OuterRef("person__user"), seen_at__gte=begun)
    came = MembershipStay.objects.filter(membership=OuterRef("pk"), since__gt=since)
    rows: MembershipQuerySet = Membership.objects.filter(union=union, state=MembershipState.ACTIVE, since__lte=since)
    return rows.filter(~Exists(served), ~Exists(seen), ~Exists(came)).select_related("person", "union")


def last_of(person: Person) -> datetime | None:
    """The moment of the last sign, as far as it was booked."""
    services = LedgerRow.objects.live().filter(person_id=person.pk).exclude(measure=MEMBERS)
    booked = services.aggregate(last=Max("booked_at"))["last"]
    seen = Session.objects.filter(user=person.user_id or 0).aggregate(last=Max("seen_at"))["last"]
    return max((moment for moment in (booked, seen) if moment is not None), default=None)
