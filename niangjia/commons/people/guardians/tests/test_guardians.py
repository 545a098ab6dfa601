"""A guardian asks with a paper, the union approves, and it ends on the day the ward comes of age."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.people import actions as people
from niangjia.commons.people import child_consent, family
from niangjia.commons.people.corrections.testing import a_known_member
from niangjia.commons.people.guardians import actions, jobs, queries, rules, unmasking
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.states import GUARDIANSHIP
from niangjia.commons.people.guardians.testing import BIRTH, a_childs_number, an_application, in_force
from niangjia.commons.people.merging import actions as merging
from niangjia.commons.people.models import Kinship, Membership, Person
from niangjia.commons.people.own_data.holdings import _of_people
from niangjia.commons.people.own_data.wards import is_own_or_ward, wards_of
from niangjia.commons.people.testing import SYSTEM, a_member, a_person, signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock as now
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.platform.accounts.models import User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.lifecycle.models import writing
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import consents, erasure, looks, retention
from niangjia.platform.personal_data.portability import Subject

WHY = "出生证明和户口簿一致"


@pytest.fixture
def scene(db, clock, settings, tmp_path):
    """A parent who is a member of a street, two officers of it; it is Wednesday, 4 March 2026."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }
    tree = unions.small_tree()
    officer = unions.an_officer([(tree["EAST-1"], "union_officer")], "street")
    return SimpleNamespace(tree=tree, officer=officer, parent=a_known_member(tree["EAST-1"], 5001, "甄监护"))


def code_of(act, *args, **more):
    with pytest.raises(DomainError) as refusal:
        act(*args, **more)
    return refusal.value.code


def told(user_id):
    return list(Message.objects.filter(user=user_id).order_by("pk").values_list("kind", flat=True))


def test_an_approved_guardian_may_act_until_the_day_the_child_comes_of_age(scene, clock):
    made = an_application(scene.parent, 5002)
    assert wards_of(signed_in(scene.parent)) == []
    assert not Person.objects.filter(name="孩子甲").exists()
    made = actions.approve(public_id=made.public_id, actor=scene.officer)
    child = Person.objects.get(name="孩子甲")
    parent = signed_in(scene.parent)
    assert (made.state, made.since, made.until) == ("in_force", date(2026, 3, 4), date(2033, 3, 5))
    assert list(wards_of(parent)) == [child]
    assert is_own_or_ward(parent, child.pk)
    assert Kinship.objects.get(person=scene.parent, relative=child).relation == "child"
    assert consents.holds_by_guardian(child_consent.CODE, child.public_id)
    clock.set(date(2033, 3, 4))
    assert jobs.end_of_age(None) == {"ended": 0}
    assert list(wards_of(parent)) == [child]
    clock.set(date(2033, 3, 5))
    assert wards_of(parent) == []
    assert code_of(actions.come_of_age, public_id="nosuchthing0000000000000", actor=SYSTEM) == "NOT_FOUND"
    assert [jobs.end_of_age(None)["ended"] for _night in "12"] == [1, 0]
    assert Guardianship.objects.get().state == "ended"
    kinds = ["applied", "approved", "ended"]
    assert told(scene.parent.user_id) == [f"people.guardianship_{kind}" for kind in kinds]


@pytest.mark.parametrize(
    ("birth", "day"), [(date(2015, 3, 5), date(2033, 3, 5)), (date(2008, 2, 29), date(2026, 3, 1))]
)
def test_the_day_of_coming_of_age(birth, day):
    assert rules.of_age_on(birth) == day


BAD = [
    ({"kind": "king"}, "GUARDIAN_KIND"),
    ({"name": ""}, "NAME"),
    ({"name": "<b>"}, "NAME"),
    ({"id_number": "110101199003070000"}, "ID_INVALID"),
    ({"id_number": a_childs_number(5003, date(2008, 3, 4))}, "WARD_OF_AGE"),
    ({"papers": []}, "PAPER_NEEDED"),
    ({"consent_version": ""}, "CONSENT_MISSING"),
    ({"consent_version": "1999-1"}, "CONSENT_CHANGED"),
]


@pytest.mark.parametrize(("changed", "code"), BAD)
def test_what_cannot_be_right_is_refused_and_nothing_is_kept(scene, changed, code):
    assert code_of(an_application, scene.parent, 5002, **changed) == code
    assert not Guardianship.objects.exists()


def test_an_adult_ward_has_a_guardian_only_by_appointment_and_without_an_end(scene):
    adult = a_childs_number(5004, date(1950, 1, 1))
    made = in_force(scene.parent, scene.officer, 5004, kind="appointed", name="老人乙", id_number=adult)
    assert (made.until, [ward.name for ward in wards_of(signed_in(scene.parent))]) == (None, ["老人乙"])


def test_nobody_is_guardian_of_oneself_twice_for_one_or_as_a_minor(scene):
    own = str(scene.parent.id_number)
    assert code_of(an_application, scene.parent, 1, kind="appointed", id_number=own) == "WARD_IS_ONESELF"
    an_application(scene.parent, 5002)
    assert code_of(an_application, scene.parent, 5002) == "GUARDIANSHIP_OPEN"
    Person.objects.filter(pk=scene.parent.pk).update(birth_date=date(2009, 1, 1))
    assert code_of(an_application, Person.objects.get(pk=scene.parent.pk), 5005) == "GUARDIAN_MINOR"
    newcomer = a_person("非会员", serial=5006, user_id=User.objects.create().pk)
    assert code_of(an_application, newcomer, 5007) == "NO_UNION"


def test_a_child_who_is_registered_already_is_that_person_when_the_name_is_the_same(scene):
    child = a_person("孩子甲", serial=5002, birth=BIRTH)
    other = an_application(scene.parent, 5002, name="孩子丙")
    assert code_of(actions.approve, public_id=other.public_id, actor=scene.officer) == "WARD_DIFFERS"
    actions.withdraw(public_id=other.public_id, actor=signed_in(scene.parent))
    assert in_force(scene.parent, scene.officer, 5002).ward == child


def test_a_member_of_sixteen_acts_for_themselves(scene):
    birth = date(2009, 5, 1)
    young = a_person("青工丁", serial=5008, birth=birth)
    a_member(scene.tree["EAST-2"], person=young)
    made = an_application(scene.parent, 5008, name="青工丁", id_number=a_childs_number(5008, birth))
    assert code_of(actions.approve, public_id=made.public_id, actor=scene.officer) == "WARD_IS_MEMBER"


def test_the_other_guardian_is_told_of_a_new_one(scene):
    other = a_known_member(scene.tree["EAST-1"], 5010, "另一方")
    in_force(other, scene.officer, 5002)
    in_force(scene.parent, scene.officer, 5002)
    assert told(other.user_id)[-1] == "people.guardianship_concerns_you"


def test_the_guardian_or_an_officer_ends_it_with_a_reason(scene):
    for actor, serial in ((signed_in(scene.parent), 5002), (scene.officer, 5003)):
        made = in_force(scene.parent, scene.officer, serial)
        assert code_of(actions.end, public_id=made.public_id, reason="", actor=actor) == "REASON_NEEDED"
        actions.end(public_id=made.public_id, reason="监护人变更", actor=actor)
        assert wards_of(signed_in(scene.parent)) == []
    assert in_force(scene.parent, scene.officer, 5002).state == "in_force"


def test_who_may_answer(scene):
    made = an_application(scene.parent, 5002)
    for offices in ([("EAST-2", "union_officer")], [("EAST", "employer_agent")]):
        stranger = unions.an_officer([(scene.tree[code], role) for code, role in offices], f"o{offices[0][0]}")
        assert code_of(actions.approve, public_id=made.public_id, actor=stranger) == "NOT_FOUND"
    reviewer = unions.an_officer([(scene.tree["EAST"], "reviewer")], "reviewer")
    assert code_of(actions.approve, public_id=made.public_id, actor=reviewer) == "NO_OFFICE_HERE"
    assert code_of(actions.approve, public_id=made.public_id, actor=signed_in(scene.parent)) == "NO_OFFICE_HERE"
    kin = a_person("亲戚", serial=5011, user_id=scene.officer.user_id)
    with transaction.atomic():
        family.state_kinship(scene.parent, kin, relation="sibling", actor=SYSTEM)
    assert code_of(actions.approve, public_id=made.public_id, actor=scene.officer) == "OWN_CASE"


def test_opening_and_unmasking_is_read_by_guardian_and_ward(scene):
    made = in_force(scene.parent, scene.officer, 5002)
    number = a_childs_number(5002)
    shown = str(queries.facts(queries.open_for_reading(scene.officer, made.public_id), masked=True))
    assert number not in shown
    assert number in str(unmasking.unmask(made, actor=scene.officer, reason="和户口簿核对"))
    for person in (scene.parent, made.ward):
        assert [look.kind for look in looks.of(person.public_id).order_by("pk")] == ["opened", "unmasked"]
    assert not [row for row in AuditEntry.objects.values_list("reason", "data", "after") if number in str(row)]


def test_both_read_it_in_their_own_data(scene):
    made = in_force(scene.parent, scene.officer, 5002)

    def of(person):
        held = [one for one in _of_people(Subject(None, person.pk, (person.public_id,))) if one.code == "guardianship"]
        return str([value.text for one in held for row in one.rows for value in row])

    assert "孩子甲" in of(scene.parent)
    assert "甄监护" in of(made.ward)


def test_every_cell_of_the_machine(scene):
    made = in_force(scene.parent, scene.officer, 5002)
    calls = {
        "approve": lambda: actions.approve(public_id=made.public_id, actor=scene.officer),
        "refuse": lambda: actions.refuse(public_id=made.public_id, reason=WHY, actor=scene.officer),
        "withdraw": lambda: actions.withdraw(public_id=made.public_id, actor=signed_in(scene.parent)),
        "end": lambda: actions.end(public_id=made.public_id, reason=WHY, actor=scene.officer),
        "come_of_age": lambda: actions.come_of_age(public_id=made.public_id, actor=SYSTEM),
    }
    for state, event, move in GUARDIANSHIP.cells():
        if move is None:
            with writing():
                Guardianship.objects.filter(pk=made.pk).update(state=state)
            assert code_of(calls[event]) == "MOVE_NOT_ALLOWED", (state, event)


def test_a_refusal_says_why(scene):
    made = an_application(scene.parent, 5002)
    actions.refuse(public_id=made.public_id, reason="出生证明看不清楚", actor=scene.officer)
    assert told(scene.parent.user_id)[-1] == "people.guardianship_refused"
    assert Guardianship.objects.get().answer_reason == "出生证明看不清楚"


def test_guardian_and_ward_are_never_one_human_being(scene):
    adult = a_childs_number(5004, date(1950, 1, 1))
    made = in_force(scene.parent, scene.officer, 5004, kind="appointed", name="老人乙", id_number=adult)
    with transaction.atomic():
        family.withdraw_kinship(scene.parent, made.ward, actor=SYSTEM)
    a_member(scene.tree["EAST-1"], person=made.ward)
    said = {"kept": scene.parent.public_id, "merged": made.ward.public_id, "choices": {}, "reason": WHY}
    assert code_of(merging.propose, **said, actor=scene.officer) == "MERGE_BLOCKED"
    with pytest.raises(IntegrityError), transaction.atomic():
        Guardianship.objects.filter(pk=made.pk).update(ward=scene.parent)


def test_who_is_erased_is_guardian_and_ward_no_more(scene):
    first, second = in_force(scene.parent, scene.officer, 5002), an_application(scene.parent, 5003)
    with transaction.atomic():
        people.end_membership(
            Membership.objects.get(person=scene.parent), cause="leave", actor=SYSTEM, decision=allow("system"),
            day=scene.parent.memberships.get().since, reason="本人要求",
        )  # fmt: skip
        erasure.erase(scene.parent.public_id, actor=SYSTEM, reason="本人申请清除")
    states = [Guardianship.objects.get(pk=one.pk).state for one in (first, second)]
    assert states == ["ended", "withdrawn"]


def test_what_ended_three_years_ago_is_emptied(scene, clock):
    made = an_application(scene.parent, 5002, note="说明")
    actions.refuse(public_id=made.public_id, reason=WHY, actor=scene.officer)
    rule = next(one for one in retention.rules() if one.name == "people.guardianship")
    clock.set(now.today() + timedelta(days=3 * 366 + 2))
    with transaction.atomic():
        assert rule.act(list(rule.due(rule.cutoff).values_list("pk", flat=True)), SYSTEM) == 1
    kept = Guardianship.objects.get()
    assert (kept.name, kept.id_number, kept.ward_index, kept.papers.count()) == ("", "", "", 0)
