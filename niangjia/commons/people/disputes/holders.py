"""With whom a phone or an ID number stands now."""

from __future__ import annotations

from dataclasses import dataclass

from niangjia.commons.people.disputes.states import DisputeKind
from niangjia.commons.people.models import ID_NUMBER, PHONE, Person, PersonQuerySet
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User
from niangjia.platform.personal_data.blind_index import blind_index


@dataclass(frozen=True)
class Held:
    """The entry and the account with which a number stands; both None when it stands nowhere."""

    person: Person | None
    user_id: int | None

    def __bool__(self) -> bool:
        return self.person is not None or self.user_id is not None


def of(kind: DisputeKind, value: str, *, asked_by: int) -> Held:
    """Who holds ``value`` beside the account ``asked_by`` and its person. The account that signs in by a phone is asked
    before that of the entry on which the phone is written."""
    person = entries(kind, value).exclude(user=asked_by).order_by("pk").first()
    account = _account(value, asked_by) if kind is DisputeKind.PHONE else None
    if account is None:
        return Held(person, person.user_id if person is not None else None)
    return Held(person or Person.objects.canonical().filter(user=account).first(), account)


def entries(kind: DisputeKind, value: str) -> PersonQuerySet:
    """The entries on which the number is written: at most one, the database holds that."""
    standing = Person.objects.canonical().filter(erased_at=None)
    if kind is DisputeKind.PHONE:
        return standing.filter(phone_index=blind_index(PHONE, value))
    return standing.filter(id_index=blind_index(ID_NUMBER, value))


def _account(phone: str, asked_by: int) -> int | None:
    rows = User.objects.filter(phone_index=phones.index_of(phone)).exclude(pk=asked_by)
    return rows.values_list("pk", flat=True).first()
