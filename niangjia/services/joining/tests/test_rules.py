"""Who may join, which union answers, and what a known number means: worked examples."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from niangjia.kernel.errors import RuleBroken
from niangjia.services.joining import rules
from niangjia.services.joining.rules import Candidate, Identity, IdentityFacts


def test_on_the_sixteenth_birthday_one_may_join_and_the_day_before_not():
    rules.require_working_age(date(2010, 11, 20), date(2026, 11, 20), 16)
    with pytest.raises(RuleBroken) as caught:
        rules.require_working_age(date(2010, 11, 21), date(2026, 11, 20), 16)
    assert caught.value.code == "AGE_UNDER_16"
    assert "id_number" in caught.value.fields


def test_there_is_no_upper_age():
    rules.require_working_age(date(1930, 1, 1), date(2026, 11, 20), 16)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (IdentityFacts(), Identity.FREE),
        (IdentityFacts(known=True, is_self=True, same_name=True, has_user=True), Identity.OWN),
        (IdentityFacts(known=True, same_name=True, same_phone=True), Identity.CLAIMABLE),
        (IdentityFacts(known=True, same_name=True, is_member=True), Identity.MEMBER),
        (IdentityFacts(known=True, is_self=True, same_name=True, is_member=True), Identity.MEMBER),
        (IdentityFacts(known=True, same_name=False, is_member=True), Identity.CHECK),
        (IdentityFacts(known=True, same_name=True, same_phone=False), Identity.CHECK),
        (IdentityFacts(known=True, same_name=True, same_phone=True, has_user=True), Identity.CHECK),
        (IdentityFacts(phone_taken=True), Identity.CHECK),
        (IdentityFacts(pending_elsewhere=True), Identity.CHECK),
    ],
)
def test_a_known_number_is_judged(facts, verdict):
    assert rules.judge_identity(facts) is verdict


booleans = st.builds(IdentityFacts, *[st.booleans() for _field in range(8)])


@given(booleans)
def test_membership_is_never_told_to_who_does_not_know_the_name(facts):
    if not facts.same_name:
        assert rules.judge_identity(facts) is not Identity.MEMBER


@given(booleans)
def test_nobody_takes_over_a_person_whom_somebody_signs_in_as(facts):
    if facts.has_user and not facts.is_self:
        assert rules.judge_identity(facts) is not Identity.CLAIMABLE


EMPLOYER, STREET = Candidate(1, True, True), Candidate(2, True, True)


def test_the_employers_union_answers_before_the_streets():
    assert rules.responsible_union(EMPLOYER, STREET) == 1
    assert rules.responsible_union(None, STREET) == 2


@pytest.mark.parametrize("employer", [Candidate(1, False, True), Candidate(1, True, False)])
def test_a_union_that_takes_no_members_or_is_closed_is_passed_over(employer):
    assert rules.responsible_union(employer, STREET) == 2


def test_without_any_union_the_applicant_is_asked_for_the_street():
    with pytest.raises(RuleBroken) as caught:
        rules.responsible_union(None, None)
    assert caught.value.code == "NO_UNION_FITS"


ABOVE = [(9, "association"), (5, "street"), (3, "district"), (1, "city")]


def test_a_short_chain_ends_at_the_first_union():
    assert rules.next_reviewer(["grassroots"], "primary", ABOVE) is None


def test_a_chain_to_the_street_finds_the_street_above():
    assert rules.next_reviewer(["grassroots", "street"], "primary", ABOVE) == 5


def test_a_street_that_answers_itself_is_the_end_of_the_chain():
    assert rules.next_reviewer(["grassroots", "street"], "street", [(3, "district")]) is None


def test_a_union_with_no_street_above_answers_itself():
    assert rules.next_reviewer(["grassroots", "street"], "primary", [(7, "group"), (1, "city")]) is None


@pytest.mark.parametrize(
    ("age", "band"), [(16, "under_25"), (24, "under_25"), (25, "25_34"), (54, "45_54"), (55, "55_plus")]
)
def test_age_bands(age, band):
    assert rules.age_band(age) == band
