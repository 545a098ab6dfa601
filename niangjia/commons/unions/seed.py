"""The skeleton of a city: its tree of unions and its employers, built through the actions, the same every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from niangjia.commons.unions import seed_data as data
from niangjia.commons.unions.actions import NewEmployer, NewUnion, found_unions, register_employers
from niangjia.commons.unions.kinds import UnionKind
from niangjia.commons.unions.models import Employer, Union
from niangjia.kernel import identifiers
from niangjia.kernel.actor import Actor

NATIONAL, CITY = "000000", "110000"
OLDEST = date(2015, 1, 1)
_JOINT_EVERY, _BRANCH_EVERY, _ASSOCIATION_EVERY, _SITE_EVERY = 3, 4, 6, 12


@dataclass(frozen=True)
class City:
    """A planted city. ``unions`` are by code, ``employers`` by their social credit code."""

    unions: Mapping[str, Union]
    employers: Mapping[str, Employer]

    @property
    def federation(self) -> Union:
        """The federation of the whole city."""
        return self.unions[CITY]

    def of_kind(self, *kinds: UnionKind) -> list[Union]:
        """The unions of these kinds, by code."""
        return [union for code, union in sorted(self.unions.items()) if union.kind in kinds]


@dataclass(frozen=True)
class _Firm:
    """An invented employer with the union of its workers."""

    serial: int
    union: NewUnion
    name: str
    kind: str
    headcount: int

    @property
    def uscc(self) -> str:
        """A code that passes every check and can belong to nobody: no such area exists."""
        body = f"91{identifiers.INVENTED_AREA}0000{self.serial:09d}"
        return body + identifiers.uscc_check_character(body)


def plant_city(actor: Actor) -> City:
    """Found some 350 unions and 200 employers in an empty tree, in a handful of statements.

    Codes are stable: territorial unions bear their area code, others that of the union above with a suffix.
    Raises Conflict ROOT_EXISTS when there is a tree already.
    """
    firms = list(_firms())
    plans = [*_upper(), *_streets(), *_associations(), *(firm.union for firm in firms), *_joints(), *_inner(firms)]
    unions = {union.code: union for union in found_unions(actor=actor, plans=plans, reason="示范城市")}
    employers = register_employers(
        actor=actor,
        plans=[
            NewEmployer(
                firm.name, firm.kind, firm.uscc, firm.headcount, unions[firm.union.code].pk, firm.union.area_code
            )
            for firm in firms
        ],
        reason="示范城市",
    )
    return City(unions, {employer.uscc or "": employer for employer in employers})


def standing_city() -> City:
    """The city as it stands in the database."""
    return City(
        {union.code: union for union in Union.objects.all()},
        {employer.uscc: employer for employer in Employer.objects.exclude(uscc=None) if employer.uscc},
    )


def _upper() -> Iterator[NewUnion]:
    """National, city, districts, development area; industry, bureau and group unions."""
    yield _union(NATIONAL, "中华全国总工会", UnionKind.NATIONAL, "", short="全国总工会")
    yield _union(CITY, "北京市总工会", UnionKind.CITY, NATIONAL, area=CITY)
    for area, name in data.DISTRICTS.items():
        yield _union(area, f"北京市{name}总工会", UnionKind.DISTRICT, CITY, area=area, short=f"{name}总工会")
    code, name = data.DEVELOPMENT_AREA
    yield _union(code, f"{name}总工会", UnionKind.DEVELOPMENT_AREA, CITY, short="经开区总工会")
    for letter, kind, names, ending in (
        ("I", UnionKind.INDUSTRY, data.INDUSTRIES, "产业工会"),
        ("B", UnionKind.BUREAU, data.BUREAUS, "工会"),
        ("G", UnionKind.GROUP, data.GROUPS, "工会"),
    ):
        for number, name in enumerate(names, start=1):
            yield _union(f"{CITY}-{letter}{number:02d}", f"{name}{ending}", kind, CITY)


def _streets() -> Iterator[NewUnion]:
    for area, name in data.STREETS.items():
        kind = UnionKind.TOWN if name.endswith("镇") else UnionKind.STREET
        yield _union(area, f"{name}总工会", kind, _district_of(area), area=area)


def _associations() -> Iterator[NewUnion]:
    """A city-wide one for foreign firms, and regional ones of couriers' and riders' employers."""
    yield _union(f"{CITY}-A01", "外商投资企业工会联合会", UnionKind.ASSOCIATION, CITY)
    for area, name in list(data.STREETS.items())[::_ASSOCIATION_EVERY]:
        yield _union(f"{area}-A01", f"{name}快递外卖行业工会联合会", UnionKind.ASSOCIATION, area, area=area)


def _firms() -> Iterator[_Firm]:
    """Two employers in each street or town; one of foreign capital stands under its association, pays to the city."""
    for position, area in enumerate(data.STREETS):
        for number in (1, 2):
            serial = position * 2 + number
            trade, kind, headcount = data.TRADES[serial % len(data.TRADES)]
            stem = data.STEMS[serial * 7 % len(data.STEMS)]
            code, name = f"{area}-P{number:02d}", f"{stem}{trade}"
            parent = f"{CITY}-A01" if kind == "foreign" else _under(area, kind)
            founded = OLDEST + timedelta(days=serial * 11 % 1800)
            union = _union(code, f"{name}工会", UnionKind.PRIMARY, parent, area=area, founded=founded, area_parent=area)
            yield _Firm(serial, union, name, kind, headcount + serial % 37)
    yield from _builders()


def _builders() -> Iterator[_Firm]:
    """Builders belong to the industry union wherever they are, and pay their funds to the group."""
    for number, area in enumerate(list(data.STREETS)[::_SITE_EVERY], start=1):
        name = f"{data.STEMS[number]}建筑工程有限公司"
        union = _union(
            f"{CITY}-I03-P{number:02d}",
            f"{name}工会",
            UnionKind.PRIMARY,
            f"{CITY}-I03",
            area=area,
            fund_parent=f"{CITY}-G02",
            area_parent=area,
        )
        yield _Firm(900 + number, union, name, "state", 800 + number)


def _joints() -> Iterator[NewUnion]:
    for area, name in list(data.STREETS.items())[::_JOINT_EVERY]:
        yield _union(f"{area}-J01", f"{name}小微企业联合工会", UnionKind.JOINT, area, area=area)


def _inner(firms: list[_Firm]) -> Iterator[NewUnion]:
    """Branches of big employers, and a site of each builder, standing on the ground of another street."""
    areas = list(data.STREETS)
    for firm in firms:
        code = firm.union.code
        if "-I03-" in code:
            area = areas[firm.serial * 5 % len(areas)]
            site = f"{data.STREETS[area]}综合楼项目工地工会"
            yield _union(f"{code}-X01", site, UnionKind.PROJECT_SITE, code, area=area, area_parent=area)
        elif firm.serial % _BRANCH_EVERY == 0:
            for number, name in enumerate(("第一分公司分会", "第二分公司分会"), start=1):
                yield _union(
                    f"{code}-F{number:02d}",
                    name,
                    UnionKind.BRANCH,
                    code,
                    area=firm.union.area_code,
                    founded=firm.union.founded_on or OLDEST,
                )


def _district_of(area: str) -> str:
    return data.DEVELOPMENT_AREA[0] if area in data.DEVELOPMENT_AREA_STREETS else area[:6]


def _under(area: str, kind: str) -> str:
    """Platforms stand under their street's association where there is one, others under the street itself."""
    has_association = list(data.STREETS).index(area) % _ASSOCIATION_EVERY == 0
    return f"{area}-A01" if kind == "platform" and has_association else area


def _union(
    code: str,
    name: str,
    kind: UnionKind,
    parent: str,
    *,
    area: str = "",
    short: str = "",
    founded: date = OLDEST,
    fund_parent: str = "",
    area_parent: str = "",
) -> NewUnion:
    return NewUnion(
        code,
        name,
        kind.value,
        parent,
        short_name=short,
        area_code=area,
        founded_on=founded,
        fund_parent=fund_parent,
        area_parent=area_parent,
    )
