"""How this room fills the demonstration: five campaigns, each at another moment of its life.

Everything goes through the room's own actions, on days in the past; days and minutes are counted from now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Any

from niangjia.commons.people.models import Membership
from niangjia.commons.places.actions import open_site
from niangjia.commons.places.models import Site
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.services.offers import actions
from niangjia.services.offers.campaign import extra, suppliers
from niangjia.services.offers.campaign.campaigns import NewItem, Plan, Stock
from niangjia.services.offers.campaign.suppliers import SupplierData
from niangjia.services.offers.counter.closing import Counted, expected_of
from niangjia.services.offers.counter.models import AppealCause
from niangjia.services.offers.models import Campaign, Cell, Mode, Reservation
from niangjia.services.offers.rush.catalogue import Choice

DISTRICT, STREET = "110114", "110114011"
MEMBER = "member"
BY_THE_CLOCK = Actor.system("offers.clock")
SITES = (
    ("回龙观职工之家", "回龙观街道甲一号", "9:00–18:00"),
    ("龙锦路暖心驿站", "龙锦路乙二号一层", "8:30–19:30"),
    ("育知路驿站小家", "育知路丙三号", "10:00–20:00"),
)
SUPPLIERS = (
    ("青禾书店", "culture"),
    ("跃动健身", "culture"),
    ("绿满园花木专业合作社", "cooperative"),
    ("山鸣养殖专业合作社", "cooperative"),
    ("红果坡果品合作社", "cooperative"),
    ("百花谷养蜂专业合作社", "cooperative"),
    ("禾下农产品有限公司", "firm"),
)
KINDS = (
    ("文化礼包", "图书一册、笔记本和书签", 0, 68_00),
    ("健身体验券", "次卡一张，三个月内有效", 1, 60_00),
    ("电影票", "工作日通兑票一张", 0, 45_00),
    ("绿植盆栽", "绿萝或发财树一盆", 2, 39_00),
    ("鲜鸡蛋", "散养鸡蛋 30 枚", 3, 42_00),
    ("山楂礼盒", "山楂条、山楂片各两袋", 4, 36_00),
    ("农家杂粮", "小米、红豆、玉米糁各 1 千克", 6, 48_00),
    ("荆花蜂蜜", "500 克一瓶", 5, 55_00),
    ("时令苹果", "5 千克一箱", 4, 58_00),
    ("鲜菌菇", "平菇、香菇共 1.5 千克", 6, 32_00),
    ("蜜薯", "5 千克一箱", 6, 38_00),
    ("手工豆制品", "豆腐干、腐竹礼袋", 6, 35_00),
    ("草莓采摘券", "双人券一张", 4, 80_00),
)
TERMS = (
    "一人一份，凭会员卡（实体卡或手机上的卡）到所选的领取点领取。\n"
    "本人来不了的可以请家人带本人会员卡代领。\n"
    "没有在所选日期领取的，视为放弃。"
)


@dataclass
class _Town:
    """Who acts where; ``people`` are members with a phone, those who joined first first."""

    city: Any
    street: Union
    district: Union
    people: list[Membership]
    sites: list[Site] = field(default_factory=list)
    suppliers: list[int] = field(default_factory=list)

    def staff(self, name: str, role: Role, union: Union) -> Actor:
        grant = Grant(role, union.pk, tree.path_of(union.pk))
        user = self.city.users[name]
        return Actor(ActorKind.STAFF, name=user.display_name, user_id=user.pk, grants=(grant,))

    @property
    def officer(self) -> Actor:
        return self.staff("officer", Role.UNION_OFFICER, self.street)

    @property
    def keeper(self) -> Actor:
        return self.staff("keeper", Role.SITE_KEEPER, self.street)

    @property
    def chair(self) -> Actor:
        return self.staff("chair", Role.UNION_OFFICER, self.city.union("110000"))

    def who_joined_before(self, day: date) -> list[Actor]:
        """Members of that time, the demonstration's own member first."""
        found = [_member(one) for one in self.people if one.since < day]
        chance = self.city.random
        first, rest = found[:1], found[1:]
        chance.shuffle(rest)
        return first + rest


def fill(city: Any) -> None:
    """Called by the demonstration once there are members."""
    town = _Town(city, city.union(STREET), city.union(DISTRICT), [])
    town.people = _people(city, town.street)
    _places(town)
    _settled(town)
    _collected_now(town)
    _open_now(town)
    _drawn_later(town)
    _about_to_open(town)


def _people(city: Any, street: Union) -> list[Membership]:
    """Members below the street with an account, the demonstration's own member first."""
    rows = Membership.objects.current().filter(union__in=tree.below(street.pk), person__user__isnull=False)
    found = list(rows.select_related("person__user").order_by("since", "pk"))
    phones = {entry.sign_in for entry in city.sign_ins if entry.role == MEMBER}
    return sorted(found, key=lambda one: one.person.user.phone not in phones)


def _member(membership: Membership) -> Actor:
    person = membership.person
    return Actor(ActorKind.MEMBER, name=person.name, user_id=person.user_id, person_id=person.pk)


def _places(town: _Town) -> None:
    long_ago = town.city.day - timedelta(days=400)
    for name, address, hours in SITES:
        with clock.travelling(_at(long_ago, 10)):
            town.sites.append(
                open_site(actor=town.officer, union_id=town.street.pk, name=name, address=address, hours=hours)
            )
            if len(town.sites) == 1:
                town.suppliers = [_supplier(town, name, kind) for name, kind in SUPPLIERS]


def _supplier(town: _Town, name: str, kind: str) -> int:
    data = SupplierData(name, kind, "市场部座机")
    return suppliers.add_supplier(union_id=town.street.pk, data=data, actor=town.officer).pk


# The campaigns


def _settled(town: _Town) -> None:
    """Long over: some came, some did not, one of those says why."""
    today = town.city.day
    first = today - timedelta(days=20)
    days = [first + timedelta(days=number) for number in range(3)]
    opens = _at(first - timedelta(days=6), 10)
    plan = Plan(
        "中秋职工慰问礼", opens, _at(first - timedelta(days=1), 18), days[0], days[-1], "八种礼物，每人一份", TERMS
    )
    campaign = _published(town, plan, KINDS[3:11], town.sites, days, pieces=4)
    rows = _reserved(town, campaign, opens, town.who_joined_before(clock.day_of(opens))[:60])
    for number, row in enumerate(rows):
        if number and town.city.random.random() < 0.85:
            _collected(town, row, _at(row.day, 10 + number % 7, number % 60))
    with clock.travelling(plan.closes_at):
        actions.close_doors(public_id=campaign.public_id, actor=BY_THE_CLOCK)
    for number, (site, day) in enumerate(product(town.sites, days)):
        _day_closed(town, campaign, site, day, spoiled=number == 4)
    with clock.travelling(_at(days[-1] + timedelta(days=1), 0, 10)):
        actions.give_up_overdue(campaign=campaign.public_id, actor=BY_THE_CLOCK)
        actions.settle(public_id=campaign.public_id, actor=BY_THE_CLOCK)
    _appeal(campaign)


def _appeal(campaign: Campaign) -> None:
    """Not the demonstration's own member: their page shows how one begins."""
    given_up = Reservation.objects.filter(campaign=campaign, state="given_up").select_related("person").order_by("pk")
    row = given_up[1:2].first()
    if row is None:
        return
    member = Actor(ActorKind.MEMBER, name=row.person.name, user_id=row.person.user_id, person_id=row.person_id)
    with clock.travelling(clock.now() - timedelta(days=1)):
        text = "那两天临时加班出车到外省，回来已经过了时间。"
        actions.appeal(reservation=row.public_id, cause=AppealCause.ON_SHIFT, text=text, actor=member)


def _collected_now(town: _Town) -> None:
    """In its pick-up days: some came yesterday and this morning, others are expected today."""
    today = town.city.day
    days = [today + timedelta(days=number) for number in (-1, 0, 1, 2)]
    opens = _at(today - timedelta(days=8), 10)
    plan = Plan("秋冬健康礼", opens, _at(today - timedelta(days=3), 18), days[0], days[-1], "六种礼物，就近领取", TERMS)
    campaign = _published(town, plan, KINDS[:6], town.sites[:2], days, pieces=4)
    members = town.who_joined_before(clock.day_of(opens))
    cell = Cell.objects.filter(campaign=campaign, site=town.sites[0], day=today).select_related("item", "site").first()
    if cell is not None:
        _reserve_at(opens + timedelta(minutes=2), members[0], campaign, _choice(cell))
    rows = _reserved(town, campaign, opens + timedelta(minutes=3), members[1:55])
    with clock.travelling(plan.closes_at):
        actions.close_doors(public_id=campaign.public_id, actor=BY_THE_CLOCK)
    for number, row in enumerate(rows):
        came = row.day < today and number % 6 != 0
        came_today = row.day == today and number % 3 == 0
        if came:
            _collected(town, row, _at(row.day, 10 + number % 7, number % 60))
        elif came_today:
            _collected(town, row, max(_at(today, 0, 1), clock.now() - timedelta(minutes=3 + 2 * number)))
    with clock.travelling(_at(today, 0, 10)):
        actions.give_up_overdue(campaign=campaign.public_id, actor=BY_THE_CLOCK)
    _day_closed(town, campaign, town.sites[0], days[0], countersigned=False)


def _open_now(town: _Town) -> None:
    """Thirteen kinds since this morning; the best are gone, more comes tomorrow, one was given beyond the stock."""
    now = clock.now()
    opens = _whole_minute(now - timedelta(minutes=70))
    first = town.city.day + timedelta(days=3)
    days = [first, first + timedelta(days=1)]
    closes = _at(town.city.day + timedelta(days=2), 18)
    plan = Plan(
        "新春普惠礼包", opens, closes, days[0], days[-1], "十三种礼物任选其一，先到先得", TERMS,
        has_waiting_list=True, announce_at=opens - timedelta(days=1),
    )  # fmt: skip
    campaign = _published(town, plan, KINDS, town.sites, days, pieces=3)
    tomorrow = opens + timedelta(days=1)
    stocks = [Stock(f"k{number:02d}", site.pk, days[0], 2) for number in (5, 8) for site in town.sites]
    actions.add_wave(public_id=campaign.public_id, opens_at=tomorrow, stocks=stocks, actor=town.officer)
    members = town.who_joined_before(clock.day_of(opens))[1:]
    _reserved(town, campaign, opens, members[:62], favourites=("鲜鸡蛋", "荆花蜂蜜", "草莓采摘券"))
    _waiting(campaign, members[64:67])
    _extra(town, campaign, members[68])


def _waiting(campaign: Campaign, members: Sequence[Actor]) -> None:
    gone = next((cell for cell in _cells(campaign) if not cell.left), None)
    for member in members:
        if gone is not None:
            actions.queue(campaign=campaign.public_id, choice=_choice(gone), actor=member)


def _extra(town: _Town, campaign: Campaign, member: Actor) -> None:
    cell = next(cell for cell in _cells(campaign) if cell.item.name == "鲜鸡蛋")
    person = next(one.person for one in town.people if one.person_id == member.person_id)
    reason = "预约时页面报错没有约上，核实后补给一份。"
    extra.give_extra(
        campaign=campaign.public_id, choice=_choice(cell), person=person.public_id, reason=reason, actor=town.officer
    )


def _drawn_later(town: _Town) -> None:
    """A draw whose wishes are open until the day after tomorrow."""
    today = town.city.day
    opens = _at(today - timedelta(days=1), 9)
    wishes_until = _at(today + timedelta(days=2), 18)
    days = [today + timedelta(days=9)]
    closes = _at(today + timedelta(days=5), 18)
    plan = Plan(
        "亲子露营抽签", opens, closes, days[0], days[-1], "先填志愿，后天傍晚公开抽签", TERMS,
        mode=Mode.DRAW, wishes_until=wishes_until,
    )  # fmt: skip
    kinds = (("湖畔营地", "一家三口一晚", 1, 0), ("山谷营地", "一家三口一晚", 1, 0), ("森林营地", "一家三口一晚", 1, 0))
    campaign = _published(town, plan, kinds, town.sites[:1], days, pieces=4)
    cells = _cells(campaign)
    for number, member in enumerate(town.who_joined_before(clock.day_of(opens))[1:29]):
        chosen = [_choice(cell) for cell in (cells[number % 3], cells[(number + 1) % 3])]
        with clock.travelling(opens + timedelta(minutes=7 * number + 1)):
            actions.enter(campaign=campaign.public_id, choices=chosen, actor=member)


def _about_to_open(town: _Town) -> None:
    """Published for the whole district; it opens ten minutes from now, before the visitor's eyes."""
    opens = _whole_minute(clock.now() + timedelta(minutes=10))
    first = town.city.day + timedelta(days=2)
    days = [first, first + timedelta(days=1)]
    plan = Plan(
        "冰雪体验票限时抢", opens, opens + timedelta(hours=6), days[0], days[1], "全区在职会员，三种票", TERMS,
        announce_at=opens - timedelta(days=1),
    )  # fmt: skip
    kinds = (("滑雪票", "平日四小时", 1, 0), ("滑冰票", "单人一场", 1, 0), ("嬉雪票", "双人一场", 1, 0))
    with clock.travelling(_at(town.city.day - timedelta(days=3), 15)):
        _draft(town.chair, town.district, plan, kinds, town, town.sites[:2], days, 5)


# What they are made of


def _published(
    town: _Town, plan: Plan, kinds: Sequence[Any], sites: Sequence[Site], days: Sequence[date], *, pieces: int
) -> Campaign:
    """Drawn up and published by the street three days before it opened; opened when its moment came."""
    with clock.travelling(plan.opens_at - timedelta(days=3)):
        campaign = _draft(town.officer, town.street, plan, kinds, town, sites, days, pieces)
    with clock.travelling(plan.opens_at):
        return actions.open_doors(public_id=campaign.public_id, actor=BY_THE_CLOCK)


def _draft(
    actor: Actor,
    union: Union,
    plan: Plan,
    kinds: Sequence[Any],
    town: _Town,
    sites: Sequence[Site],
    days: Sequence[date],
    pieces: int,
) -> Campaign:
    rule = [{"is": "union", "any_of": [union.code]}]
    campaign = actions.draw_up(union_id=union.pk, plan=replace(plan, rule=rule), actor=actor)
    items = [
        NewItem(f"k{number:02d}", name, description, town.suppliers[supplier], value)
        for number, (name, description, supplier, value) in enumerate(kinds, 1)
    ]
    actions.set_items(public_id=campaign.public_id, items=items, actor=actor)
    stocks = [Stock(item.code, site.pk, day, pieces) for item in items for site in sites for day in days]
    actions.set_stock(public_id=campaign.public_id, stocks=stocks, actor=actor)
    return actions.publish(public_id=campaign.public_id, actor=actor)


def _reserved(
    town: _Town, campaign: Campaign, opens: datetime, members: Sequence[Actor], favourites: Sequence[str] = ()
) -> list[Reservation]:
    """Each member takes one of what is left, most in the first minutes."""
    cells = _cells(campaign)
    left = {cell.pk: cell.left for cell in cells}
    found = []
    for member, moment in zip(members, _moments(town, opens), strict=False):
        free = [cell for cell in cells if left[cell.pk]]
        liked = [cell for cell in free if cell.item.name in favourites]
        cell = town.city.random.choice(liked or free)
        left[cell.pk] -= 1
        found.append(_reserve_at(moment, member, campaign, _choice(cell)))
    return found


def _moments(town: _Town, opens: datetime) -> Iterator[datetime]:
    """A rush that grows thin."""
    at = opens + timedelta(seconds=2)
    gap = 2.0
    while True:
        yield min(at, clock.now())
        at += timedelta(seconds=gap * (0.5 + town.city.random.random()))
        gap *= 1.07


def _reserve_at(moment: datetime, member: Actor, campaign: Campaign, choice: Choice) -> Reservation:
    with clock.travelling(moment):
        key = f"demo-{campaign.public_id}-{member.person_id}"
        made = actions.reserve(campaign=campaign.public_id, choice=choice, key=key, actor=member)
    return Reservation.objects.with_names().get(pk=made.id)  # type: ignore[no-any-return]


def _collected(town: _Town, row: Reservation, moment: datetime) -> None:
    with clock.travelling(moment):
        nonce = f"demo-{row.public_id}"
        actions.collect(public_id=row.public_id, site=row.site.public_id, nonce=nonce, actor=town.keeper)


def _day_closed(
    town: _Town, campaign: Campaign, site: Site, day: date, *, spoiled: bool = False, countersigned: bool = True
) -> None:
    """The sheet of one site's day in the evening: as many came as were expected, one perhaps broken on the way."""
    with clock.travelling(_at(day, 19, 30)):
        sheet = actions.begin_sheet(campaign=campaign.public_id, site=site.public_id, day=day, actor=town.keeper)
        counts = {
            item: Counted(came, int(spoiled and came > gone), came - gone - int(spoiled and came > gone))
            for item, (came, gone) in expected_of(sheet).items()
        }
        note = "有的外包装在路上压坏了，已退供货单位。" if spoiled else ""
        actions.fill_sheet(public_id=sheet.public_id, counts=counts, note=note, actor=town.keeper)
        actions.sign(public_id=sheet.public_id, actor=town.keeper)
        if countersigned:
            actions.countersign(public_id=sheet.public_id, actor=town.officer)


def _cells(campaign: Campaign) -> list[Cell]:
    rows = Cell.objects.filter(campaign=campaign).select_related("item", "site")
    return list(rows.order_by("item__position", "site_id", "day"))


def _choice(cell: Cell) -> Choice:
    return Choice(cell.item.public_id, cell.site.public_id, cell.day)


def _whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return clock.moment(day, time(hour, minute))
