"""The leaflet of a version: every sentence is made from the rows that judge, so leaflet and rule cannot differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpResponse

from niangjia.commons.people.categories import CATEGORY_LABELS, SEX_LABELS, WorkerCategory
from niangjia.kernel import pdf
from niangjia.kernel.identifiers import Sex
from niangjia.kernel.money import yuan
from niangjia.kernel.text import Listed, Text, _
from niangjia.platform.web import dates
from niangjia.services.protection import rules, termbooks
from niangjia.services.protection.catalogue import KIND_LABELS, PAPER_LABELS, Formula, Measure, PlanKind, TierPays
from niangjia.services.protection.models import PlanVersion
from niangjia.services.protection.terms import CoverTerms, LimitTerms, Terms, Tier


@dataclass(frozen=True)
class CoverLeaf:
    """One cover in words."""

    name: str
    summary: str
    sum: Text
    waiting: list[Text]
    papers: list[tuple[Text, bool]]
    deadline: Text
    limits: list[Text]
    child: Text | None = None


@dataclass(frozen=True)
class Leaflet:
    """A whole version in words."""

    title: str
    valid: Text
    kind: Text
    who: list[Text]
    cap: Text
    covers: list[CoverLeaf]
    limits: list[Text]
    exclusions: str


def leaflet_of(version: PlanVersion, terms: Terms | None = None) -> Leaflet:
    """The words of a version; of ``terms`` while they are being written and not kept yet."""
    terms = terms or termbooks.terms_of(version)
    return Leaflet(
        title=version.plan.name,
        valid=_validity(version),
        kind=KIND_LABELS[PlanKind(version.plan.kind)],
        who=list(_who(terms)),
        cap=_("一个保障期内，每人各项合计最高 {sum}。", sum=yuan(terms.cap_fen)),
        covers=[leaf_of(cover, terms) for cover in terms.covers],
        limits=[limit_sentence(limit) for limit in terms.limits if not limit.cover],
        exclusions=terms.exclusions,
    )


def _validity(version: PlanVersion) -> Text:
    first = dates.day(version.valid_from)
    if version.valid_to is None:
        return _("第 {n} 版，出险日期在 {first} 及以后的适用。", n=version.number, first=first)
    last = dates.day(version.valid_to)
    return _("第 {n} 版，出险日期在 {first} 至 {last} 的适用。", n=version.number, first=first, last=last)


def _who(terms: Terms) -> Iterator[Text]:
    yield _("年龄：{first} 至 {last} 周岁（都含）。", first=terms.age_from, last=terms.age_to)
    if terms.categories:
        names = Listed(tuple(CATEGORY_LABELS[WorkerCategory(code)] for code in terms.categories))
        yield _("职业：{names}。", names=names)
    if terms.sex:
        yield _("性别：{sex}。", sex=SEX_LABELS[Sex(terms.sex)])
    yield _("每次保障 {months} 个月。", months=terms.months)
    if terms.price_fen:
        yield _("费用：每人每期 {price}。", price=yuan(terms.price_fen))
    if terms.share_percent:
        yield _("单位参保人数要达到职工的 {share}%。", share=terms.share_percent)
    if terms.everyone_under:
        yield _("职工不足 {n} 人的单位要全员参保。", n=terms.everyone_under)


def leaf_of(cover: CoverTerms, terms: Terms) -> CoverLeaf:
    """The words of one cover, with the limits that ``terms`` have for it."""
    return CoverLeaf(
        name=cover.name,
        summary=cover.summary,
        sum=sum_sentence(cover),
        waiting=[_tier_sentence(tier) for tier in cover.tiers] if len(cover.tiers) > 1 else [],
        papers=[(PAPER_LABELS[paper], needed) for paper, needed in cover.papers],
        deadline=_("出险后 {days} 天内申请。", days=cover.claim_days),
        limits=[limit_sentence(limit) for limit in terms.limits if limit.cover == cover.code],
        child=None
        if cover.child_to is None
        else _("保的是参保人的子女，出险时不超过 {age} 周岁。", age=cover.child_to),
    )


def sum_sentence(cover: CoverTerms) -> Text:
    """How a cover's sum comes about, in one sentence."""
    most, data = yuan(cover.sum_fen), cover.data
    if cover.formula == Formula.GRADE:
        grades = "，".join(f"{_('{n} 级', n=grade)} {yuan(fen)}" for grade, fen in data["grades"].items())
        return _("按伤残等级给付：{grades}。最高 {most}。", grades=grades, most=most)
    if cover.formula == Formula.AREA:
        return _("每平方米 {each}，最高 {most}。", each=yuan(data["fen_per_square_metre"]), most=most)
    if cover.formula == Formula.SHARE:
        base, rate = yuan(data["deductible_fen"]), data["per_cent"]
        return _("票据金额减去 {base} 后给付 {rate}%，最高 {most}。", base=base, rate=rate, most=most)
    if cover.formula == Formula.DAILY:
        each = yuan(data["fen_per_day"])
        return _(
            "从第 {first} 天起每天 {each}，每次最多 {days} 天，最高 {most}。",
            first=data["first_day"], each=each, days=data["most_days"], most=most,
        )  # fmt: skip
    return _("给付 {most}。", most=most)


def _tier_sentence(tier: Tier) -> Text:
    values = {"first": tier.from_day, "last": tier.to_day, "sum": yuan(tier.fen)}
    if tier.to_day is None:
        return _("保障第 {first} 天起出险，按条款全额计算。", **values)
    if tier.pays == TierPays.NOTHING:
        return _("保障第 {first} 至 {last} 天出险，不给付。", **values)
    if tier.pays == TierPays.CONSOLATION:
        return _("保障第 {first} 至 {last} 天出险，给付慰问金 {sum}。", **values)
    return _("保障第 {first} 至 {last} 天出险，按条款全额计算。", **values)


def limit_sentence(limit: LimitTerms) -> Text:
    """A limit in one sentence."""
    name = rules.limit_name(limit.basis, limit.scope)
    if limit.measure == Measure.FEN:
        return _("{limit}最多 {most}。", limit=name, most=yuan(limit.amount))
    if limit.measure == Measure.COUNT:
        return _("{limit}最多 {most} 次。", limit=name, most=limit.amount)
    return _("{limit}最多 {most} 天。", limit=name, most=limit.amount)


def limit_words(limit: LimitTerms, terms: Terms) -> Text:
    """A limit in one sentence that names its cover."""
    cover = terms.cover(limit.cover)
    return _("{cover}：{limit}", cover=cover.name if cover else _("各项合计"), limit=limit_sentence(limit))


def pdf_of(version: PlanVersion) -> bytes:
    """The leaflet as a paper of a few pages."""
    leaflet = leaflet_of(version)
    flow = pdf.Flow(leaflet.title)
    flow.heading(leaflet.title)
    flow.paragraph(f"{leaflet.valid}{leaflet.kind}。", grey=0.35)
    flow.heading(str(_("谁可以参加")))
    for line in leaflet.who:
        flow.item(str(line))
    for cover in leaflet.covers:
        _write_cover(flow, cover)
    flow.heading(str(_("最高给付")))
    for line in (leaflet.cap, *leaflet.limits):
        flow.item(str(line))
    if leaflet.exclusions:
        flow.heading(str(_("不保障的情况")))
        flow.paragraph(leaflet.exclusions)
    return flow.bytes()


def _write_cover(flow: pdf.Flow, cover: CoverLeaf) -> None:
    flow.heading(cover.name)
    if cover.summary:
        flow.paragraph(f"{cover.summary}。")
    for line in (cover.sum, *([cover.child] if cover.child else ()), *cover.waiting, *cover.limits, cover.deadline):
        flow.item(str(line))
    names = [str(paper) if needed else str(_("{paper}（有就带上）", paper=paper)) for paper, needed in cover.papers]
    if names:
        flow.item(str(_("材料：{papers}。", papers="、".join(names))))


def response(version: PlanVersion) -> HttpResponse:
    """The paper to download."""
    name = f"protection-{version.plan.code}-{version.number}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(pdf_of(version), content_type="application/pdf", headers=headers)
