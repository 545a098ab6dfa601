"""A death ends the membership, the card, the account and the letters; the family is told, and nobody else."""

from __future__ import annotations

import pytest
from django.db import transaction

from niangjia.commons.people import family, officers
from niangjia.commons.people.models import Card, Person
from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.kernel import clock as time
from niangjia.platform.accounts.models import User
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.clients import member_client
from niangjia.services.joining import testing

KIND = "people.death_recorded"


def test_the_family_is_told_and_the_account_is_closed(world):
    officer = world.officer
    gone, wife, stranger = (
        a_person(name, user_id=testing.applicant(serial).user_id)
        for serial, name in ((80, "柳逝"), (81, "柳妻"), (82, "柳旁"))
    )
    membership = a_member(world.street, person=gone)
    a_member(world.street, person=wife)
    with transaction.atomic():
        family.state_kinship(person=gone, relative=wife, relation="spouse", actor=officer)
    phone = member_client(signed_in(gone))
    assert phone.get("/").status_code == 200
    officers.end_membership(public_id=membership.public_id, cause="record_death", day=time.today(), actor=officer)
    assert not User.objects.get(pk=gone.user_id).is_active
    assert phone.get("/mine/").status_code == 302, "a session that was open dies with the next request"
    assert not Card.objects.live().filter(person=gone).exists()
    assert list(Message.objects.filter(kind=KIND).values_list("user_id", flat=True)) == [wife.user_id]
    assert stranger.user_id is not None
    page = member_client(signed_in(Person.objects.get(pk=wife.pk))).get(Message.objects.get(kind=KIND).link)
    assert "可以申领" in page.text
    assert "柳逝" not in page.text


@pytest.mark.parametrize("cause", ["leave", "expel"])
def test_other_endings_close_no_account_and_tell_no_family(world, cause):
    officer = world.officer
    person = a_person("柳离", user_id=testing.applicant(83).user_id)
    membership = a_member(world.street, person=person)
    officers.end_membership(
        public_id=membership.public_id, cause=cause, day=time.today(), reason="本人书面申请", actor=officer
    )
    assert User.objects.get(pk=person.user_id).is_active
    assert not Message.objects.filter(kind=KIND).exists()
