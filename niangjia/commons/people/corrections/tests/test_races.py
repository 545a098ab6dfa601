"""Two officers answer at the same moment; first that it goes wrong without the lock, then that it does not."""

from __future__ import annotations

import pytest
from django.db import transaction

from niangjia.commons.people.corrections import actions, policies
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.corrections.testing import a_known_member, a_request
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel.errors import DomainError
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing.races import two_connections

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    """Photos lie in a folder that goes with the test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


@pytest.fixture
def scene():
    tree = unions.small_tree()
    officers = [unions.an_officer([(tree["EAST-1"], "union_officer")], f"officer{n}") for n in (1, 2)]
    return a_known_member(tree["EAST-1"], 4100), officers


def careless(made, answer):
    """Look at the state, then write, and no lock."""

    def run(meet):
        with transaction.atomic():
            is_open = Correction.objects.open().filter(pk=made.pk).exists()
            meet()
            if is_open:
                Correction.objects.filter(pk=made.pk).update(answer_reason=answer)
        return is_open

    return run


def test_without_a_lock_both_officers_answer(scene):
    made = a_request(scene[0])
    outcomes = two_connections(careless(made, "同意"), careless(made, "不同意"))
    assert [outcome.value for outcome in outcomes] == [True, True]


def test_of_two_officers_at_once_one_decides_and_the_fact_follows(scene):
    person, (one, two) = scene
    made = a_request(person)

    def agree(meet):
        meet()
        return actions.apply(public_id=made.public_id, actor=one)

    def disagree(meet):
        meet()
        return actions.refuse(public_id=made.public_id, reason="照片看不清楚", actor=two)

    outcomes = two_connections(agree, disagree)
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, DomainError)
    made.refresh_from_db()
    person.refresh_from_db()
    assert (made.state, person.name) in [("applied", "章三丰"), ("refused", "张三丰")]
    answers = AuditEntry.objects.filter(action__in=["people.correction.apply", "people.correction.refuse"])
    assert answers.count() == 1


def test_two_taps_at_once_leave_one_request(scene):
    person = scene[0]
    outcomes = two_connections(lambda: a_request(person), lambda: a_request(person))
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    assert policies.visible_corrections(signed_in(person)).count() == 1
