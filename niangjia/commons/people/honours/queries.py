"""What pages and the copy of one's data read of honours."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import QuerySet

from niangjia.commons.people import queries
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.models import Person
from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind


def page_for(actor: Actor, public_id: str) -> tuple[Person, Sequence[Honour]]:
    """A person and their honours, the newest first; showing them is a look. Raises NotFound."""
    person = queries.find(actor, public_id)
    looks.record(actor, [person.public_id], LookKind.OPENED)
    return person, list(Honour.objects.filter(person=person).order_by("-conferred_on", "-pk"))


def of_keys(keys: Collection[str]) -> QuerySet[Honour]:
    """The honours of the persons under these public ids."""
    return Honour.objects.filter(person__public_id__in=keys).order_by("pk")
