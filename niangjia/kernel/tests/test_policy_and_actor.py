import pytest

from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.kernel.errors import NotAllowed
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import Text

DISTRICT = Grant("union_officer", 10, "1.10.")
BRANCH = Grant("reviewer", 101, "1.10.101.")
STAFF = Actor(ActorKind.STAFF, user_id=7, grants=(DISTRICT, BRANCH))


def test_an_allowed_decision_is_true_and_gives_itself():
    decision = allow("union_officer@10")
    assert decision
    assert decision.require() is decision
    assert decision.ground == "union_officer@10"


def test_a_refusal_is_false_and_raises_its_code_and_sentence():
    decision = refuse("NOT_YOURS", Text("这不归您管。"))
    assert not decision
    with pytest.raises(NotAllowed) as caught:
        decision.require()
    assert (caught.value.code, str(caught.value.message), caught.value.status) == ("NOT_YOURS", "这不归您管。", 403)


def test_a_refusal_without_a_sentence_still_names_its_code():
    with pytest.raises(NotAllowed) as caught:
        Decision(False, code="NOT_YOURS").require()
    assert str(caught.value.message) == "NOT_YOURS"


def test_a_grant_reaches_its_node_and_all_below_and_nothing_that_only_looks_alike():
    assert DISTRICT.reaches("1.10.")
    assert DISTRICT.reaches("1.10.101.5.")
    assert not DISTRICT.reaches("1.")
    assert not DISTRICT.reaches("1.100.")
    assert not Grant("union_officer", 1, "1.1.").reaches("1.10.")


def test_a_role_is_held_only_where_its_grant_reaches():
    assert STAFF.holds("union_officer", "1.10.7.") is DISTRICT
    assert STAFF.holds("union_officer", "1.11.") is None
    assert STAFF.holds("reviewer", "1.10.") is None
    assert STAFF.holds("reviewer", "1.10.101.") is BRANCH


def test_grants_can_be_asked_for_by_role():
    assert STAFF.grants_of("reviewer") == (BRANCH,)
    assert STAFF.grants_of() == (DISTRICT, BRANCH)
    assert STAFF.grants_of("mediator") == ()


def test_nobody_and_the_system_hold_nothing():
    for actor in (Actor.anonymous(trace="t", address="10.0.0.1"), Actor.system("nightly expiry")):
        assert actor.grants_of() == ()
        assert actor.user_id is None
        assert not actor.is_staff
        assert not actor.is_member
    assert Actor.system("nightly expiry").is_system
    assert Actor.system("nightly expiry").name == "nightly expiry"
