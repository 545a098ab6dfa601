"""Sites of unions."""

from __future__ import annotations

from datetime import date

import pytest

from niangjia.commons.places.actions import close_site, open_site
from niangjia.commons.places.models import Site
from niangjia.commons.places.policies import visible_sites
from niangjia.commons.unions import testing
from niangjia.commons.unions.actions import close_union
from niangjia.commons.unions.roles import Role
from niangjia.kernel.errors import Conflict, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry

TODAY = date(2026, 3, 4)


@pytest.fixture
def city(clock, tree_of):
    return tree_of


def opened(union, name="服务站", actor=testing.SYSTEM, **rest):
    return open_site(actor=actor, union_id=union.pk, name=name, address="某路 1 号", **rest)


def test_a_site_lies_where_its_union_is_unless_said(city):
    assert opened(city["FIRM"]).area_code == "110101001"
    assert opened(city["FIRM"], "二站", area_code="110102001").area_code == "110102001"


def test_a_name_is_used_once_in_a_union_while_the_site_is_open(city):
    site = opened(city["FIRM"])
    with pytest.raises(Conflict, match="SITE_NAME_TAKEN"):
        opened(city["FIRM"])
    opened(city["SHOP"])
    close_site(actor=testing.SYSTEM, public_id=site.public_id)
    assert opened(city["FIRM"]).pk != site.pk


def test_a_site_is_in_use_until_before_the_day_it_closes(city):
    site = opened(city["FIRM"])
    close_site(actor=testing.SYSTEM, public_id=site.public_id, day=date(2026, 4, 1))
    assert site in Site.objects.open_on(date(2026, 3, 31))
    assert site not in Site.objects.open_on(date(2026, 4, 1))
    assert site not in Site.objects.open_on(date(2026, 3, 3))
    with pytest.raises(Conflict, match="SITE_CLOSED"):
        close_site(actor=testing.SYSTEM, public_id=site.public_id)


def test_a_site_does_not_close_before_it_opened(city):
    site = opened(city["FIRM"])
    with pytest.raises(RuleBroken, match="BEFORE_OPENING"):
        close_site(actor=testing.SYSTEM, public_id=site.public_id, day=date(2026, 3, 3))


def test_officers_keep_the_sites_within_their_reach(city):
    officer = testing.an_officer([(city["EAST"], Role.UNION_OFFICER)])
    mine, other = opened(city["FIRM"], actor=officer), opened(city["WEST-1"])
    assert list(visible_sites(officer)) == [mine]
    with pytest.raises(NotFound):
        opened(city["WEST-1"], "别的", actor=officer)
    with pytest.raises(NotFound):
        close_site(actor=officer, public_id=other.public_id)
    keeper = testing.an_officer([(city["EAST"], Role.SITE_KEEPER)], "keeper")
    with pytest.raises(NotAllowed):
        close_site(actor=keeper, public_id=mine.public_id)
    close_site(actor=officer, public_id=mine.public_id, reason="搬迁")
    assert AuditEntry.objects.get(action="places.site.closed").reason == "搬迁"


@pytest.mark.parametrize(
    ("options", "code"),
    [({"name": ""}, "NAME_EMPTY"), ({"name": "站" * 101}, "NAME_TOO_LONG"), ({"area_code": "1"}, "AREA")],
)
def test_what_is_wrong_is_said(city, unchanged, options, code):
    with unchanged(), pytest.raises(RuleBroken, match=code):
        opened(city["FIRM"], **options)


def test_a_closed_union_opens_no_site(city):
    close_union(actor=testing.SYSTEM, union_id=city["SHOP"].pk)
    with pytest.raises(Conflict, match="UNION_CLOSED"):
        opened(city["SHOP"])
