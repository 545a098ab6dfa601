"""The unions of Yunshan (云山), a city that does not exist: its districts, streets, bureaus, firms and sites.

Area codes begin with 19, which no province has; names are made of common words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from niangjia.commons.unions.actions import NewEmployer, NewUnion, found_unions, register_employers
from niangjia.commons.unions.kinds import EmployerKind, UnionKind
from niangjia.kernel.identifiers import INVENTED_AREA, uscc_check_character
from niangjia.shells.demo.city import City

FOUNDED = date(2010, 5, 1)
CITY_AREA = f"{INVENTED_AREA}0100"
DISTRICTS = (
    ("长宁", ("春风", "和平", "槐树", "钟楼", "望江"), ("石桥",)),
    ("东岭", ("东岭", "松林", "书院", "南塘"), ("白沙", "柳河")),
    ("西河", ("西河", "桃园", "长堤", "水闸"), ("杨庄",)),
    ("南屏", ("南屏", "竹园", "兰亭", "新桥"), ("黄坡",)),
    ("北苑", ("北苑", "青年", "劳动", "广场"), ("大营",)),
    ("云台", ("云台", "望山", "清泉"), ("高岭", "双井")),
    ("金湖", ("金湖", "湖滨", "芦苇"), ("渔村",)),
    ("秀川", ("秀川", "古渡", "文昌"), ("小河",)),
    ("安平", ("安平", "车站", "铁路"), ("三里",)),
    ("青石", ("青石", "矿山", "胜利"), ("青沟",)),
    ("白杨", ("白杨", "纺织", "机场"), ("林场",)),
    ("龙泉", ("龙泉", "药王", "温泉"), ("上庄",)),
    ("永昌", ("永昌", "太平", "集贤"), ("下庄",)),
    ("临港", ("临港", "码头", "船厂"), ("沙洲",)),
    ("锦山", ("锦山", "茶山", "枫林"), ("梅岭",)),
    ("平川", ("平川", "麦田", "粮库"), ("新集",)),
)
INDUSTRIES = ("教育", "医务", "建设", "交通运输", "金融", "轻工纺织")
BUREAUS = ("公交", "水务", "环卫", "园林")
GROUPS = ("云山钢铁集团", "云山地铁集团", "云山商贸集团")
FIRMS = ("飞燕快递", "百味餐饮", "安居物业", "迅捷货运", "新芽软件", "晨光印刷", "大成机械", "四季超市")
PLATFORM_WORK = frozenset({"飞燕快递", "迅捷货运"})


def grow(city: City) -> None:
    """Found every union and register every employer."""
    plans = list(_plans())
    for union in found_unions(actor=city.actor, plans=plans, reason="演示城市"):
        city.unions[union.code] = union
    firms = [plan for plan in plans if plan.code.count("-") == 1 and plan.kind == UnionKind.PRIMARY]
    employers = [_employer(city, plan, serial) for serial, plan in enumerate(firms)]
    register_employers(actor=city.actor, plans=employers, reason="演示城市")


def _employer(city: City, plan: NewUnion, serial: int) -> NewEmployer:
    name = plan.name.removesuffix("工会")
    return NewEmployer(
        name=name,
        kind=EmployerKind.PLATFORM if any(firm in name for firm in PLATFORM_WORK) else EmployerKind.PRIVATE,
        uscc=_uscc(plan.area_code, serial),
        headcount=city.random.choice((18, 35, 64, 120, 260, 1100)),
        union_id=city.union(plan.code).pk,
        area_code=plan.area_code,
    )


def _uscc(area: str, serial: int) -> str:
    body = f"91{area[:6] or CITY_AREA}MA{serial:07d}"
    return body + uscc_check_character(body)


def _plans() -> Iterator[NewUnion]:
    yield NewUnion("YS", "云山市总工会", UnionKind.CITY, area_code=CITY_AREA, founded_on=FOUNDED)
    for number, (name, streets, towns) in enumerate(DISTRICTS, 1):
        yield from _district(number, name, streets, towns)
    yield from _development_area(len(DISTRICTS) + 1)
    for number, name in enumerate(INDUSTRIES, 1):
        yield _below("YS", f"YSC{number}", f"云山市{name}工会", UnionKind.INDUSTRY)
    for number, name in enumerate(BUREAUS, 1):
        yield _below("YS", f"YSJ{number}", f"云山市{name}局工会", UnionKind.BUREAU)
        yield _below(f"YSJ{number}", f"YSJ{number}-A", f"云山市{name}局第一分工会", UnionKind.BRANCH)
    for number, name in enumerate(GROUPS, 1):
        yield _below("YS", f"YSG{number}", f"{name}工会", UnionKind.GROUP)
        yield _below(f"YSG{number}", f"YSG{number}-A", f"{name}第一分公司工会", UnionKind.PRIMARY)
        yield _below(f"YSG{number}-A", f"YSG{number}-A-1", f"{name}第一车间分工会", UnionKind.BRANCH)


def _district(number: int, name: str, streets: tuple[str, ...], towns: tuple[str, ...]) -> Iterator[NewUnion]:
    code, area = f"YS{number:02d}", f"{INVENTED_AREA}01{number:02d}"
    yield _below("YS", code, f"{name}区总工会", UnionKind.DISTRICT, area)
    yield _below(code, f"{code}W", f"{name}区外商投资企业工会联合会", UnionKind.ASSOCIATION, area)
    kinds = [(street, "街道", UnionKind.STREET) for street in streets] + [
        (town, "镇", UnionKind.TOWN) for town in towns
    ]
    for place, (street, word, kind) in enumerate(kinds, 1):
        below, nine = f"{code}{place:02d}", f"{area}{place:03d}"
        yield _below(code, below, f"{name}区{street}{word}总工会", kind, nine)
        yield from _grassroots(below, nine, f"{street}{word}", name, number + place)


def _grassroots(street: str, area: str, place: str, district: str, turn: int) -> Iterator[NewUnion]:
    firms = FIRMS[:3] if street == "YS0101" else (FIRMS[turn % len(FIRMS)], FIRMS[(turn * 3 + 1) % len(FIRMS)])
    for number, firm in enumerate(dict.fromkeys(firms), 1):
        local = "" if street == "YS0101" else f"{district}{place.rstrip('街道镇')}"
        yield _below(street, f"{street}-{number:02d}", f"{firm}{local}有限公司工会", UnionKind.PRIMARY, area)
    yield _below(street, f"{street}L", f"{place}商圈联合工会", UnionKind.JOINT, area)
    if street.endswith("01"):
        yield _below(f"{street}-01", f"{street}-01-1", f"{place}第一营业部分工会", UnionKind.BRANCH, area)
        yield _below(street, f"{street}P", f"{place}安置房项目工地工会", UnionKind.PROJECT_SITE, area)


def _development_area(number: int) -> Iterator[NewUnion]:
    code, area = f"YS{number:02d}", f"{INVENTED_AREA}01{number:02d}"
    yield _below("YS", code, "云山经济开发区总工会", UnionKind.DEVELOPMENT_AREA, area)
    yield _below(code, f"{code}01", "经济开发区科创街道总工会", UnionKind.STREET, f"{area}001")
    yield from _grassroots(f"{code}01", f"{area}001", "科创街道", "经济开发区", number)


def _below(parent: str, code: str, name: str, kind: UnionKind, area: str = "") -> NewUnion:
    return NewUnion(code, name, kind, parent=parent, area_code=area, founded_on=FOUNDED)
