"""An officer proposes with a paper what a person cannot ask for; another officer sets it right."""

from __future__ import annotations

import pytest

from niangjia.commons.people.corrections import actions, queries
from niangjia.commons.people.corrections.testing import a_known_member, a_photo, another_number
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel.errors import DomainError
from niangjia.platform.notices.models import Message


@pytest.fixture
def scene(db, clock, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    east = [(tree["EAST-1"], "union_officer")]
    one, two = (unions.an_officer(east, f"officer{n}") for n in (1, 2))
    other = unions.an_officer([(tree["WEST-1"], "union_officer")], "west")
    return a_known_member(tree["EAST-1"], 4200), one, two, other


def proposed(person, actor, **more):
    said = {
        "kind": "id_number",
        "wished": another_number(4201),
        "note": "本人持身份证，人证相符",
        "papers": [a_photo()],
    }
    return actions.propose(person=person.public_id, actor=actor, **{**said, **more})


def code_of(act, *args, **more):
    with pytest.raises(DomainError) as refusal:
        act(*args, **more)
    return refusal.value.code


def test_one_proposes_and_another_sets_it_right(scene):
    person, one, two, other = scene
    made = proposed(person, one)
    assert code_of(actions.apply, public_id=made.public_id, actor=one) == "OWN_PROPOSAL"
    assert code_of(actions.apply, public_id=made.public_id, actor=other) == "NOT_FOUND"
    assert code_of(actions.ask_more, public_id=made.public_id, reason="请补充照片", actor=two) == "NOBODY_TO_ASK"
    assert [choice.move.event for choice in queries.choices(two, made)] == ["apply", "refuse"]
    assert Person.objects.get(pk=person.pk).id_number == person.id_number
    actions.apply(public_id=made.public_id, actor=two)
    assert Person.objects.get(pk=person.pk).id_number == another_number(4201)
    kinds = list(Message.objects.filter(user=person.user).order_by("pk").values_list("kind", flat=True))
    assert kinds[-2:] == ["people.correction_proposed", "people.correction_made"]
    assert queries.own(signed_in(person)) == []


def test_only_facts_of_identity_with_a_paper_and_a_word_and_not_about_oneself(scene):
    person, one, two, other = scene
    assert code_of(proposed, person, one, papers=[]) == "PAPER_NEEDED"
    assert code_of(proposed, person, one, note="") == "REASON_NEEDED"
    assert code_of(proposed, person, one, kind="category", wished="courier") == "CORRECTION_KIND"
    assert code_of(proposed, person, other) == "PERSON_NOT_FOUND"
    made = proposed(person, one)
    assert code_of(proposed, person, two) == "CORRECTION_OPEN"
    actions.withdraw(public_id=made.public_id, actor=one)
    Person.objects.filter(pk=person.pk).update(user=two.user_id)
    assert code_of(proposed, person, two) == "OWN_CASE"
