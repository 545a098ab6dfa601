"""Two guardians of one child are approved at once; first what happens without the second look and the lock."""

from __future__ import annotations

import pytest
from django.db import transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people.corrections.testing import a_known_member
from niangjia.commons.people.guardians import actions
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.testing import a_childs_number, an_application
from niangjia.commons.people.models import Kinship, Person
from niangjia.commons.people.testing import SYSTEM
from niangjia.commons.unions import testing as unions
from niangjia.kernel.errors import DomainError
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.races import two_connections

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
NUMBER = a_childs_number(5202)


@pytest.fixture
def scene(clock, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    officers = [unions.an_officer([(tree["EAST-1"], "union_officer")], f"street{n}") for n in (1, 2)]
    parents = [a_known_member(tree["EAST-1"], 5200 + n, name) for n, name in ((0, "甄母亲"), (1, "甄父亲"))]
    return officers, parents


def careless(parent):
    """Look whether the child is known, register it if not, look whom to tell; no second look and no lock."""

    def run(meet):
        with transaction.atomic():
            known = Person.objects.filter(name="孩子甲").first()
            meet()
            return known or people.register_person(name="孩子甲", id_number=NUMBER, actor=SYSTEM)

    return run


def test_without_the_second_look_one_of_two_approvals_is_lost(scene):
    _officers, parents = scene
    outcomes = two_connections(*(careless(parent) for parent in parents))
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, DomainError)
    assert lost.code == "IDENTITY_TAKEN"


def test_both_are_entered_with_one_child_and_hear_of_each_other(scene):
    officers, parents = scene
    made = [an_application(parent, 5202) for parent in parents]

    def approve(row, officer):
        def run(meet):
            meet()
            return actions.approve(public_id=row.public_id, actor=officer)

        return run

    outcomes = two_connections(*(approve(*pair) for pair in zip(made, officers, strict=True)))
    assert [outcome.error for outcome in outcomes] == [None, None]
    ward = Person.objects.get(name="孩子甲")
    assert Guardianship.objects.in_force().filter(ward=ward).count() == 2
    assert Kinship.objects.filter(relative=ward).count() == 2
    users = [parent.user_id for parent in parents]
    told = Message.objects.filter(kind="people.guardianship_concerns_you", user__in=users)
    assert told.count() == 1, "whoever was entered first hears of the second"


def test_two_officers_at_once_enter_one_application_once(scene):
    officers, (parent, _other) = scene
    made = an_application(parent, 5202)

    def approve(officer):
        def run(meet):
            meet()
            return actions.approve(public_id=made.public_id, actor=officer)

        return run

    outcomes = two_connections(*(approve(officer) for officer in officers))
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, DomainError)
    assert Person.objects.filter(name="孩子甲").count() == 1
