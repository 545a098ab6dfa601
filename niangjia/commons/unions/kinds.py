"""The kinds of unions and lines, and which kind may stand under which. Pure."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.text import Text, _


class UnionKind(StrEnum):
    NATIONAL = "national"
    CITY = "city"
    DISTRICT = "district"
    DEVELOPMENT_AREA = "development_area"
    INDUSTRY = "industry"
    BUREAU = "bureau"
    GROUP = "group"
    STREET = "street"
    TOWN = "town"
    ASSOCIATION = "association"
    PRIMARY = "primary"
    JOINT = "joint"
    BRANCH = "branch"
    PROJECT_SITE = "project_site"


class Axis(StrEnum):
    """The three lines on which a union stands below another: affiliation, collection of funds, area."""

    AFFILIATION = "affiliation"
    FUND = "fund"
    AREA = "area"


class EmployerKind(StrEnum):
    STATE = "state"
    COLLECTIVE = "collective"
    PRIVATE = "private"
    FOREIGN = "foreign"
    PLATFORM = "platform"
    SOLE_TRADER = "sole_trader"
    PUBLIC_INSTITUTION = "public_institution"
    GOVERNMENT = "government"
    SOCIAL_ORGANISATION = "social_organisation"
    OTHER = "other"


KIND_LABELS: dict[UnionKind, Text] = {
    UnionKind.NATIONAL: _("全国总工会"),
    UnionKind.CITY: _("市总工会"),
    UnionKind.DISTRICT: _("区总工会"),
    UnionKind.DEVELOPMENT_AREA: _("开发区总工会"),
    UnionKind.INDUSTRY: _("产业工会"),
    UnionKind.BUREAU: _("局（总公司）工会"),
    UnionKind.GROUP: _("集团工会"),
    UnionKind.STREET: _("街道总工会"),
    UnionKind.TOWN: _("乡镇总工会"),
    UnionKind.ASSOCIATION: _("工会联合会"),
    UnionKind.PRIMARY: _("基层工会"),
    UnionKind.JOINT: _("联合基层工会"),
    UnionKind.BRANCH: _("分工会"),
    UnionKind.PROJECT_SITE: _("项目工地工会"),
}

EMPLOYER_KIND_LABELS: dict[EmployerKind, Text] = {
    EmployerKind.STATE: _("国有企业"),
    EmployerKind.COLLECTIVE: _("集体企业"),
    EmployerKind.PRIVATE: _("民营企业"),
    EmployerKind.FOREIGN: _("外商投资企业"),
    EmployerKind.PLATFORM: _("平台企业"),
    EmployerKind.SOLE_TRADER: _("个体工商户"),
    EmployerKind.PUBLIC_INSTITUTION: _("事业单位"),
    EmployerKind.GOVERNMENT: _("机关"),
    EmployerKind.SOCIAL_ORGANISATION: _("社会组织"),
    EmployerKind.OTHER: _("其他"),
}

TERRITORIAL = frozenset(
    {UnionKind.CITY, UnionKind.DISTRICT, UnionKind.DEVELOPMENT_AREA, UnionKind.STREET, UnionKind.TOWN}
)
"""Kinds that answer for an area; one open union of these kinds answers for each area code."""

_GRASSROOTS = frozenset({UnionKind.PRIMARY, UnionKind.JOINT})
_FEDERATIONS = TERRITORIAL | {UnionKind.INDUSTRY, UnionKind.BUREAU, UnionKind.GROUP, UnionKind.ASSOCIATION}

ALLOWED_PARENTS: dict[UnionKind, frozenset[UnionKind]] = {
    UnionKind.NATIONAL: frozenset(),
    UnionKind.CITY: frozenset({UnionKind.NATIONAL}),
    UnionKind.DISTRICT: frozenset({UnionKind.CITY}),
    UnionKind.DEVELOPMENT_AREA: frozenset({UnionKind.CITY, UnionKind.DISTRICT}),
    UnionKind.INDUSTRY: frozenset({UnionKind.NATIONAL, UnionKind.CITY, UnionKind.DISTRICT, UnionKind.DEVELOPMENT_AREA}),
    UnionKind.BUREAU: frozenset({UnionKind.CITY, UnionKind.DISTRICT, UnionKind.DEVELOPMENT_AREA, UnionKind.INDUSTRY}),
    UnionKind.GROUP: _FEDERATIONS,
    UnionKind.STREET: frozenset({UnionKind.DISTRICT, UnionKind.DEVELOPMENT_AREA}),
    UnionKind.TOWN: frozenset({UnionKind.DISTRICT, UnionKind.DEVELOPMENT_AREA}),
    UnionKind.ASSOCIATION: _FEDERATIONS,
    UnionKind.PRIMARY: _FEDERATIONS,
    UnionKind.JOINT: _FEDERATIONS,
    UnionKind.BRANCH: _GRASSROOTS | {UnionKind.BUREAU, UnionKind.GROUP, UnionKind.BRANCH},
    UnionKind.PROJECT_SITE: _FEDERATIONS | _GRASSROOTS | {UnionKind.BRANCH},
}
"""Which kinds may stand directly above a kind on the line of affiliation."""

DEEPEST = 10
"""The greatest number of unions on one line, the root included."""


def may_stand_under(kind: str, parent_kind: str) -> bool:
    """Whether a union of ``kind`` may be affiliated directly to one of ``parent_kind``."""
    return parent_kind in ALLOWED_PARENTS[UnionKind(kind)]


def accepts_members_by_default(kind: str) -> bool:
    """Unions that take in members themselves unless decided otherwise: the grassroots and the streets and towns."""
    return kind in _GRASSROOTS | {UnionKind.STREET, UnionKind.TOWN, UnionKind.BRANCH, UnionKind.PROJECT_SITE}
