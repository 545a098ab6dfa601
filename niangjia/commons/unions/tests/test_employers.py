"""Employers and their codes."""

from __future__ import annotations

import pytest

from niangjia.commons.unions import queries, testing
from niangjia.commons.unions.actions import NewEmployer, close_union, link_employer, register_employer
from niangjia.commons.unions.models import Employer
from niangjia.commons.unions.roles import Role
from niangjia.kernel.errors import Conflict, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry

CHECK_IS_ZERO = "81110114H68QAKGT80"


@pytest.fixture
def city(clock, tree_of):
    return tree_of


def register(actor=testing.SYSTEM, name="某公司", kind="private", **rest):
    return register_employer(actor=actor, plan=NewEmployer(name, kind, **rest))


def test_an_employer_is_found_by_its_code_however_it_is_typed(city):
    found = register(uscc=f" {CHECK_IS_ZERO.lower()} ", union_id=city["FIRM"].pk, headcount=120)
    assert queries.employer_by_uscc("81110114 H68QAKGT80") == found
    with pytest.raises(RuleBroken, match="USCC_INVALID"):
        queries.employer_by_uscc(CHECK_IS_ZERO[:-1] + "1")


def test_a_code_that_nobody_has_finds_nobody(city):
    assert queries.employer_by_uscc(CHECK_IS_ZERO) is None


def test_a_code_is_registered_once_and_no_code_any_number_of_times(city):
    register(uscc=CHECK_IS_ZERO)
    with pytest.raises(Conflict, match="USCC_TAKEN"):
        register(uscc=CHECK_IS_ZERO, name="别的公司")
    register(name="甲")
    register(name="乙", uscc="  ")
    assert Employer.objects.filter(uscc=None).count() == 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"kind": "guild"}, "KIND_UNKNOWN"),
        ({"headcount": -1}, "HEADCOUNT"),
        ({"headcount": 10**9}, "HEADCOUNT"),
        ({"name": " "}, "NAME_EMPTY"),
        ({"uscc": "123"}, "USCC_INVALID"),
        ({"area_code": "12"}, "AREA_INVALID"),
    ],
)
def test_what_is_wrong_is_said(city, unchanged, options, code):
    with unchanged(), pytest.raises(RuleBroken, match=code):
        register(**options)


def test_an_officer_registers_employers_of_the_unions_within_reach(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    assert register(officer, union_id=city["FIRM"].pk).union == city["FIRM"]
    assert register(officer, name="无工会单位", area_code="110101001").union is None
    with pytest.raises(NotFound):
        register(officer, name="外区单位", union_id=city["WEST-1"].pk)
    with pytest.raises(NotAllowed):
        register(testing.an_officer([(city["EAST"], Role.MEDIATOR)], "mediator"), name="调解")
    with pytest.raises(NotAllowed):
        register(testing.an_officer([(city["FIRM"], Role.EMPLOYER_AGENT)], "agent"), name="单位")


def test_an_employer_is_tied_to_its_union(city):
    found = register()
    link_employer(actor=testing.SYSTEM, employer_id=found.pk, union_id=city["FIRM"].pk, reason="建会")
    found.refresh_from_db()
    assert found.union == city["FIRM"]
    entry = AuditEntry.objects.get(action="unions.employer.linked")
    assert (entry.before, entry.after, entry.reason) == ("", str(city["FIRM"].pk), "建会")


def test_an_employer_of_another_district_is_not_taken_over(city):
    found = register(union_id=city["FIRM"].pk)
    officer = testing.an_officer([(city["WEST"], Role.UNION_OFFICER)])
    with pytest.raises(NotAllowed):
        link_employer(actor=officer, employer_id=found.pk, union_id=city["WEST-1"].pk)
    with pytest.raises(NotFound):
        link_employer(actor=officer, employer_id=2**40, union_id=city["WEST-1"].pk)


def test_a_closed_union_takes_no_employer(city):
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    with pytest.raises(Conflict, match="UNION_CLOSED"):
        register(union_id=city["SHOP"].pk)
