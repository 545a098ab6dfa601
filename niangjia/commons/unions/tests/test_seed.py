"""The skeleton of the demonstration city."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from niangjia.commons.unions import responsible, seed, seed_data, testing, tree
from niangjia.commons.unions.kinds import Axis, UnionKind
from niangjia.commons.unions.models import Employer, Union
from niangjia.commons.unions.tests import model
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel import identifiers
from niangjia.kernel.errors import Conflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(clock):
    return seed.plant_city(testing.SYSTEM)


def test_the_city_has_its_sixteen_districts_and_the_development_area(city):
    districts = city.of_kind(UnionKind.DISTRICT)
    assert [union.code for union in districts] == sorted(seed_data.DISTRICTS)
    assert len(districts) == 16
    (area,) = city.of_kind(UnionKind.DEVELOPMENT_AREA)
    assert (area.name, area.area_code) == ("北京经济技术开发区总工会", "")
    assert tree.parent_of(area.pk) == city.federation
    assert tree.parent_of(city.federation.pk).kind == UnionKind.NATIONAL


def test_every_district_has_three_to_eight_streets_or_towns(city):
    parents = Counter(tree.parent_of(union.pk).code for union in city.of_kind(UnionKind.STREET, UnionKind.TOWN))
    assert set(parents) == {*seed_data.DISTRICTS, seed_data.DEVELOPMENT_AREA[0]}
    assert all(3 <= count <= 8 for code, count in parents.items() if code != seed_data.DEVELOPMENT_AREA[0])


def test_every_kind_of_union_is_there(city):
    assert {union.kind for union in city.unions.values()} == set(UnionKind)


def test_the_tree_is_sound_on_all_axes(city):
    assert [wrong for axis in Axis for wrong in model.broken_invariants(axis)] == []


def test_the_axes_differ_somewhere(city):
    parents = {axis: model.parents_on(kernel_clock.today(), axis) for axis in Axis}
    assert parents[Axis.FUND] != parents[Axis.AFFILIATION] != parents[Axis.AREA]


def test_a_street_of_the_development_area_answers_for_its_place_though_its_code_is_that_of_a_district(city):
    street = responsible.for_area("110115012", kernel_clock.today())
    assert street.name == "荣华街道总工会"
    assert tree.parent_of(street.pk).kind == UnionKind.DEVELOPMENT_AREA


def test_employers_are_invented_and_belong_to_a_union_that_takes_members(city):
    for employer in city.employers.values():
        assert identifiers.uscc(employer.uscc) == employer.uscc
        assert employer.uscc[2:4] == identifiers.INVENTED_AREA
        found = responsible.for_worker(employer=employer)
        assert (found.union.pk, found.because) == (employer.union_id, "employer")
    assert len({employer.name for employer in city.employers.values()}) == len(city.employers)


def test_planting_is_the_same_every_time_and_happens_once(city):
    def told():
        return sorted(Union.objects.values_list("code", "name", "kind", "area_code", "founded_on"))

    first = told()
    with pytest.raises(Conflict, match="ROOT_EXISTS"):
        seed.plant_city(testing.SYSTEM)
    assert told() == first
    standing = seed.standing_city()
    assert standing.unions == city.unions
    assert standing.employers == city.employers
    assert Employer.objects.count() == len(city.employers)


def test_planting_takes_few_statements(clock):
    with CaptureQueriesContext(connection) as asked:
        seed.plant_city(testing.SYSTEM)
    assert len(asked) <= 60
