"""What conditions are called, and what somebody is told who does not meet one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from niangjia.commons.entitlement.predicates import (
    OLDEST,
    YOUNGEST,
    Age,
    AtUnion,
    Category,
    HasCard,
    Honoured,
    Member,
    MemberBefore,
    MemberFor,
    Names,
    NewForm,
    OfSex,
    Predicate,
    Standing,
    StandingKind,
)
from niangjia.commons.people.cards.states import CardState
from niangjia.commons.people.categories import CATEGORY_LABELS, SEX_LABELS, WorkerCategory
from niangjia.commons.people.honours.kinds import HONOUR_LABELS
from niangjia.kernel.identifiers import Sex, age_on
from niangjia.kernel.text import Text, _


@dataclass(frozen=True)
class Held:
    """Somebody's newest membership. ``ended_on`` is the first day without it."""

    union: str
    since: date
    ended_on: date | None = None


@dataclass(frozen=True)
class Facts:
    """What an explanation may say to a person about themselves. ``card`` is the state of the newest card, if any."""

    category: str = WorkerCategory.OTHER.value
    sex: str = ""
    birth_date: date | None = None
    is_gone: bool = False
    membership: Held | None = None
    card: str = ""


STANDING_LABELS: dict[StandingKind, Text] = {
    StandingKind.EMPLOYED: _("在职会员"),
    StandingKind.RETAINED: _("保留会籍的会员（如退休、待业）"),
}


def day_text(day: date) -> Text:
    return _("{day.year}年{day.month}月{day.day}日", day=day)


def listed(words: Sequence[Text | str]) -> Text | str:
    """Words one after the other, as the reader's language lists them."""
    if len(words) == 1:
        return words[0]
    return _("{first}、{rest}", first=words[0], rest=listed(words[1:]))


# What is asked for


def demand(predicate: Predicate, names: Names) -> Text:
    """The condition as a sentence for everybody."""
    match predicate:
        case Member():
            return _("是工会会员。")
        case AtUnion(codes):
            return _at(codes, names)
        case Age():
            return _age(predicate)
        case MemberFor(days):
            return _("入会满 {days} 天。", days=days)
        case MemberBefore(day):
            return _("在{day}以前入会。", day=day_text(day))
        case NewForm():
            return _("是新就业形态劳动者（快递员、网约送餐员、货车司机、网约车司机、保安员、房产中介员）。")
        case _:
            return _one_of(predicate)


def _one_of(predicate: Category | Standing | OfSex | HasCard | Honoured) -> Text:
    match predicate:
        case Category(chosen):
            return _("职业是{kinds}。", kinds=_either([CATEGORY_LABELS[each] for each in chosen]))
        case Standing(kinds):
            return _("是{kinds}。", kinds=_either([STANDING_LABELS[kind] for kind in kinds]))
        case OfSex(sexes):
            return _("性别是{sexes}。", sexes=_either([SEX_LABELS[sex] for sex in sexes]))
        case HasCard():
            return _("会员卡在正常使用。")
        case Honoured(kinds):
            return _("是{kinds}。", kinds=_either([HONOUR_LABELS[kind] for kind in kinds]))


def _either(words: Sequence[Text | str]) -> Text | str:
    if len(words) == 1:
        return words[0]
    return _("{some}或{last}", some=listed(words[:-1]), last=words[-1])


def _unions(codes: Sequence[str], names: Names) -> Text | str:
    return _either([names.get(code, code) for code in codes])


def _at(codes: Sequence[str], names: Names) -> Text:
    if len(codes) == 1:
        return _("会籍在{union}或它的下级工会。", union=_unions(codes, names))
    return _("会籍在{unions}，或它们的下级工会。", unions=_unions(codes, names))


def _age(age: Age) -> Text:
    bounds = _age_bounds(age)
    if age.on is None:
        return _("{bounds}。", bounds=bounds)
    return _("到{day}{bounds}。", day=day_text(age.on), bounds=bounds)


def _age_bounds(age: Age) -> Text:
    if age.oldest == OLDEST:
        return _("年满 {youngest} 周岁", youngest=age.youngest)
    if age.youngest == YOUNGEST:
        return _("不超过 {oldest} 周岁", oldest=age.oldest)
    return _("年满 {youngest} 周岁、不超过 {oldest} 周岁", youngest=age.youngest, oldest=age.oldest)


# What somebody is told who does not meet it


def refusal(predicate: Predicate, names: Names, facts: Facts, day: date) -> Text:
    """Why the person does not meet the condition on ``day``, and what they can do."""
    match predicate:
        case Member():
            return _no_member(facts, day)
        case Category() | NewForm():
            return _other_category(demand(predicate, names), facts)
        case AtUnion(codes):
            return _elsewhere(_unions(codes, names), facts)
        case Standing(kinds):
            return _other_standing(kinds, facts)
        case OfSex(sexes):
            return _other_sex(sexes, facts)
        case HasCard():
            return _card(facts)
        case Honoured():
            return _(
                "这项服务要求{wanted}没有查到登记。您有这项荣誉的，请带证书请您的工会登记。",
                wanted=demand(predicate, names),
            )
        case Age():
            return _other_age(predicate, facts, day)
        case MemberFor() | MemberBefore():
            return _too_short(predicate, facts, day)


def _no_member(facts: Facts, day: date) -> Text:
    held = facts.membership
    if facts.is_gone:
        return _("这份个人信息已经停用。请用您现在的账号登录，或打职工服务热线 12351 询问。")
    if held is None:
        return _("您还不是工会会员。可以先在网上申请入会，入会以后再来。")
    if held.ended_on is not None:
        return _("您的会籍已于{day}终止。可以重新申请入会，入会以后再来。", day=day_text(held.ended_on))
    return _("这里按{day}的会籍来算，您是{since}入会的。请留意下一次。", day=day_text(day), since=day_text(held.since))


def _other_category(wanted: Text, facts: Facts) -> Text:
    return _(
        "这项服务要求{wanted}您登记的职业是{mine}。职业登记得不对，请联系您的工会更正。",
        wanted=wanted,
        mine=CATEGORY_LABELS[WorkerCategory(facts.category)],
    )


def _elsewhere(unions: Text | str, facts: Facts) -> Text:
    held = facts.membership
    if held is None or held.ended_on is not None:
        return _("这项服务面向{unions}的会员。您现在没有会籍。", unions=unions)
    return _(
        "这项服务面向{unions}的会员。您的会籍在{mine}。您已经换了单位的，请先把会籍转过来。",
        unions=unions,
        mine=held.union,
    )


def _other_standing(kinds: Sequence[StandingKind], facts: Facts) -> Text:
    if facts.membership is None or facts.membership.ended_on is not None:
        return _("这项服务面向{kinds}。您现在没有会籍。", kinds=_either([STANDING_LABELS[kind] for kind in kinds]))
    if StandingKind.EMPLOYED in kinds:
        return _("这项服务面向在职会员，您现在是保留会籍。已经重新上岗的，请先到您的工会恢复会籍。")
    return _("这项服务面向保留会籍的会员，您现在是在职会员。")


def _other_sex(sexes: Sequence[Sex], facts: Facts) -> Text:
    if not facts.sex:
        return _("我们没有登记您的性别。请联系您的工会，凭身份证件补登记以后再来。")
    return _(
        "这项服务面向{sexes}会员。登记得不对，请联系您的工会更正。", sexes=_either([SEX_LABELS[sex] for sex in sexes])
    )


def _card(facts: Facts) -> Text:
    if facts.card == CardState.BLOCKED:
        return _("您的会员卡已挂失。请先换新卡，或带身份证到工会解除挂失，再来办理。")
    return _("您还没有可以使用的会员卡。请先打开“卡”页面领取，再来办理。")


def _other_age(age: Age, facts: Facts, day: date) -> Text:
    if facts.birth_date is None:
        return _("我们没有登记您的出生日期。请联系您的工会，凭身份证件补登记以后再来。")
    at = age.on or day
    years = age_on(facts.birth_date, at)
    return _(
        "这项服务要求{bounds}。到{day}您 {years} 周岁。", bounds=_age_bounds(age), day=day_text(at), years=max(0, years)
    )


def _too_short(predicate: MemberFor | MemberBefore, facts: Facts, day: date) -> Text:
    held, wanted = facts.membership, demand(predicate, {})
    if held is None or held.ended_on is not None:
        return _("这项服务要求{wanted}您现在没有会籍。", wanted=wanted)
    if isinstance(predicate, MemberFor):
        ready = min(held.since, date.max - timedelta(days=predicate.days)) + timedelta(days=predicate.days)
        return _(
            "这项服务要求{wanted}您是{since}入会的，到{ready}满这个天数。",
            wanted=wanted,
            since=day_text(held.since),
            ready=day_text(ready),
        )
    return _("这项服务要求{wanted}您是{since}入会的。请留意下一次。", wanted=wanted, since=day_text(held.since))
