"""Finding the person at a counter: by name and whole number, within the officer's reach."""

from __future__ import annotations

from niangjia.commons.people.models import ID_NUMBER, Membership, Person
from niangjia.commons.people.rules import name_key
from niangjia.commons.unions import scope
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.blind_index import blind_index
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.services.protection.enrolment.policies import BRINGERS


def person_named(actor: Actor, name: str, id_number: str) -> Person:
    """The member with this name and number. The look is noted; a wrong name, a wrong number, somebody out of reach and
    no member have the one answer. Raises RuleBroken NOT_FOUND_HERE."""
    people = Person.objects.canonical().filter(id_index=blind_index(ID_NUMBER, id_number), erased_at=None)
    here = Membership.objects.current().filter(scope.within(actor, *BRINGERS)).values("person")
    person = people.filter(pk__in=here).first()
    if person is None or person.name_key != name_key(name):
        text = _("在您的工会没有找到姓名和证件号码都相符的会员。请核对；还没有入会的，先办理入会。")
        raise RuleBroken("NOT_FOUND_HERE", text, fields={"id_number": [text]})
    looks.record(actor, [person.public_id], LookKind.SEARCH_HIT)
    return person
