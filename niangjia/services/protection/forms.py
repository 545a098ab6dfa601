"""The forms of a claim, on the phone and at the counter. What is wrong is said beside the field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.money import plain_yuan, require_sum
from niangjia.kernel.text import _
from niangjia.platform.web.fields import DayField, NameField, NormalisedField, PhoneField, ReasonField, YuanField
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.protection import rules
from niangjia.services.protection.catalogue import KINSHIP_LABELS, PAPER_LABELS, Formula, Kinship
from niangjia.services.protection.details import Bill, Details
from niangjia.services.protection.terms import CoverTerms

MOST_BILLS = 3
_AREA = re.compile(r"([0-9]{1,4})(?:\.([0-9]))?")


class CardField(NormalisedField):
    """A bank card number; blanks and dashes are taken away, the check digit is looked at."""

    missing = _("请填写银行卡号。")

    def normalise(self, value: str) -> str:
        return rules.require_luhn(value)

    def hints(self) -> dict[str, str]:
        return {"inputmode": "numeric", "autocomplete": "off"}


class AreaField(NormalisedField):
    """Square metres with one decimal. Gives tenths."""

    missing = _("请填写受损面积。")

    def normalise(self, value: str) -> int:
        found = _AREA.fullmatch(value.strip())
        tenths = int(found[1]) * 10 + int(found[2] or 0) if found else 0
        if tenths <= 0:
            raise ValidationError(str(_("面积请填数字，例如 12.5。")), code="AREA")
        return tenths

    def hints(self) -> dict[str, str]:
        return {"inputmode": "decimal", "autocomplete": "off"}


class PapersInput(forms.FileInput):
    """Several photos at once, from the camera or the album."""

    allow_multiple_selected = True


class PapersField(forms.Field):
    """What came from :class:`PapersInput`, as a list; what is in the files is judged where they are stored."""

    widget = PapersInput

    def clean(self, value: Any) -> list[Any]:
        return [one for one in value or [] if hasattr(one, "read")]


_IS_THERE = _("已经上传，可以再加。")


class WhatForm(Form):
    """Page one: what happened, and when."""

    cover = forms.ChoiceField(
        label=spoken(_("发生了什么")),
        widget=forms.RadioSelect,
        error_messages={"required": spoken(_("请选择一项。"))},
    )
    event_day = DayField(
        label=_("哪一天发生的"),
        latest=clock.today,
        help_text=spoken(_("生病填确诊那天，住院填入院那天，其他填出事那天。")),
    )

    def __init__(self, *args: Any, covers: Iterable[CoverTerms], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cover"].choices = [(one.code, f"{one.name}：{one.summary}") for one in covers]  # type: ignore[attr-defined]


class DetailsForm(Form):
    """Page two: only what this cover needs, and its papers. ``children`` are those linked to the insured person,
    ``hospitals`` those that the federation lists, if it does."""

    child = forms.ChoiceField(label=spoken(_("是哪一个子女")), widget=forms.RadioSelect)

    def __init__(
        self,
        *args: Any,
        cover: CoverTerms,
        brought: Iterable[str] = (),
        kinship: str = "self",
        children: list[tuple[str, str]] | None = None,
        hospitals: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.cover, self.hospitals = cover, hospitals
        self._offer(children)
        for name, field in _questions(cover):
            self.fields[name] = field
        self.wanted = rules.needed_papers(cover, kinship)
        optional = [paper for paper, _needed in cover.papers if paper not in self.wanted]
        for paper in (*self.wanted, *optional):
            is_there = paper in set(brought)
            self.fields[f"paper_{paper}"] = _paper_field(paper, needed=paper in self.wanted, is_there=is_there)

    def _offer(self, children: list[tuple[str, str]] | None) -> None:
        if self.cover.child_to is None or children is None:
            del self.fields["child"]
            return
        field = self.fields["child"]
        field.choices = children  # type: ignore[attr-defined]
        if not children:
            field.help_text = spoken(_("还没有登记子女。请在“监护登记”里申请，或带证明到工会窗口登记家庭成员。"))

    @property
    def named_child(self) -> str | None:
        """The key of the child; None where the cover asks for none."""
        return str(self.cleaned_data["child"]) if "child" in self.fields else None

    @property
    def uploads(self) -> Iterator[tuple[str, Any]]:
        """Each file with the kind of its paper."""
        for name in self.fields:
            if name.startswith("paper_"):
                for upload in self.cleaned_data.get(name, ()):
                    yield name.removeprefix("paper_"), upload

    def note_brought(self, brought: Iterable[str]) -> None:
        """Say beside each paper that is there by now that it is, when the page is shown again for another answer."""
        for paper in set(brought):
            if f"paper_{paper}" in self.fields:
                self[f"paper_{paper}"].help_text = spoken(_IS_THERE)

    def is_complete(self, brought: Iterable[str]) -> bool:
        """Whether every needed paper is there by now; a missing one is said beside its field."""
        there = set(brought)
        missing = [paper for paper in self.wanted if paper not in there and f"paper_{paper}" in self.fields]
        for paper in missing:
            text = _("还缺“{paper}”，请拍照上传。", paper=PAPER_LABELS[paper])
            self.add_error(f"paper_{paper}", ValidationError(str(text), code="PAPERS_MISSING"))
        return not missing

    def details(self) -> Details:
        """What was told, as one value."""
        given = self.cleaned_data
        return Details(
            story=given.get("story", ""),
            hospital=given.get("hospital", ""),
            diagnosis=given.get("diagnosis", ""),
            admitted=given.get("admitted"),
            discharged=given.get("discharged"),
            grade=given.get("grade", ""),
            area_tenths=given.get("area") or 0,
            bills=tuple(_bills(given)),
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        first, last = given.get("admitted"), given.get("discharged")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("discharged", ValidationError(str(_("出院日期不能早于入院日期。")), code="DAYS_IN_ORDER"))
        if hospital := given.get("hospital"):
            self.judge(lambda: rules.require_listed(hospital, self.hospitals))
        if "bill_total" in self.fields and "bill_total" not in self.errors:
            self._add_up(given)
        return given

    def _add_up(self, given: dict[str, Any]) -> None:
        """The bills and what they come to are both written down, so that a slip of the pen shows."""
        sums, total = [bill.fen for bill in _bills(given)], given.get("bill_total")
        if len(sums) > 1 and not total:
            text = _("有两张以上的票据，请填写合计，方便核对。")
            self.add_error("bill_total", ValidationError(str(text), code="AMOUNT"))
        elif isinstance(total, int):
            try:
                require_sum(sums, total)
            except RuleBroken as error:
                self.add_error("bill_total", ValidationError(str(error.message), code=error.code))


def initial_of(told: Details) -> dict[str, Any]:
    """What was told before, for the fields of :class:`DetailsForm`."""
    initial: dict[str, Any] = {
        "story": told.story, "hospital": told.hospital, "diagnosis": told.diagnosis, "grade": told.grade,
        "admitted": told.admitted, "discharged": told.discharged,
    }  # fmt: skip
    if told.area_tenths:
        initial["area"] = f"{told.area_tenths // 10}.{told.area_tenths % 10}"
    for number, bill in enumerate(told.bills, 1):
        initial |= {
            f"issuer_{number}": bill.issuer,
            f"bill_{number}": bill.number,
            f"sum_{number}": plain_yuan(bill.fen),
        }
    if len(told.bills) > 1:
        initial["bill_total"] = plain_yuan(told.bill_fen)
    return initial


def _questions(cover: CoverTerms) -> Iterator[tuple[str, forms.Field]]:
    papers = {paper for paper, _needed in cover.papers}
    if "diagnosis" in papers:
        yield "diagnosis", _line(_("诊断证明上的病名"), _("请照诊断证明填写病名。"))
    if papers & {"diagnosis", "discharge", "settlement"}:
        yield "hospital", _line(_("医院"), _("请填写医院名称。"), required=cover.formula == Formula.DAILY)
    if cover.formula == Formula.GRADE:
        choices = [
            ("", spoken(_("请选择"))),
            *((grade, spoken(_("{n} 级", n=grade))) for grade in cover.data["grades"]),
        ]
        yield "grade", forms.ChoiceField(label=spoken(_("鉴定书上的伤残等级")), choices=choices)
    if cover.formula == Formula.AREA:
        yield "area", AreaField(label=_("受损面积（平方米）"), help_text=spoken(_("例如 12.5。")))
    if cover.formula == Formula.DAILY:
        yield "admitted", DayField(label=_("入院日期"), latest=clock.today)
        yield "discharged", DayField(label=_("出院日期"), latest=clock.today)
    if cover.formula == Formula.SHARE:
        yield from _bill_fields()
    yield (
        "story",
        forms.CharField(
            label=spoken(_("经过")),
            max_length=500,
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=spoken(_("简单写发生的时间、地点和经过。")),
        ),
    )


def _line(label: Any, missing: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=spoken(label), max_length=100, required=required, error_messages={"required": spoken(missing)}
    )


def _bill_fields() -> Iterator[tuple[str, forms.Field]]:
    for number in range(1, MOST_BILLS + 1):
        first = number == 1
        yield (
            f"issuer_{number}",
            forms.CharField(label=spoken(_("票据 {n}：开票单位", n=number)), max_length=100, required=first),
        )
        yield (
            f"bill_{number}",
            forms.CharField(label=spoken(_("票据 {n}：号码", n=number)), max_length=50, required=first),
        )
        yield f"sum_{number}", YuanField(label=_("票据 {n}：自付金额（元）", n=number), required=first)
    hint = spoken(_("两张以上的票据请填，和各张相加核对。"))
    yield "bill_total", YuanField(label=_("票据合计（元）"), required=False, help_text=hint)


def _bills(given: dict[str, Any]) -> Iterator[Bill]:
    for number in range(1, MOST_BILLS + 1):
        sum_ = given.get(f"sum_{number}")
        if isinstance(sum_, int) and given.get(f"bill_{number}"):
            yield Bill(given.get(f"issuer_{number}", ""), given[f"bill_{number}"], sum_)


def _paper_field(paper: str, *, needed: bool, is_there: bool) -> PapersField:
    hint = _IS_THERE if is_there else _("照片或 PDF，每个不超过 10MB。")
    attributes = {"accept": "image/jpeg,image/png,image/webp,application/pdf", "multiple": True}
    return PapersField(
        label=spoken(PAPER_LABELS[paper]),
        required=needed,
        help_text=spoken(hint),
        widget=PapersInput(attrs=attributes),
    )


class PayForm(Form):
    """Page three: to which card, the consent, and sending it."""

    bank_account = CardField(
        label=_("银行卡号"), max_length=30, help_text=spoken(_("必须是您本人的卡，理赔款会付到这张卡。"))
    )
    card_holder = NameField(label=_("这张卡的户名"), help_text=spoken(_("卡上的名字，必须是您本人。")))
    consent = forms.BooleanField(
        label=spoken(_("我已阅读并同意")), error_messages={"required": spoken(_("请阅读并勾选同意，才能提交。"))}
    )
    consent_version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, payee: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payee = payee

    def clean(self) -> dict[str, Any]:
        given = dict(super().clean() or {})
        if holder := given.get("card_holder"):
            self.judge(lambda: rules.require_holder(holder, self.payee))
        return given


class CounterPayForm(Form):
    """Page three at the counter: who claims, to which card."""

    kinship = forms.ChoiceField(
        label=spoken(_("申请人是被保障人的")), choices=[(kin.value, KINSHIP_LABELS[kin]) for kin in Kinship]
    )
    claimant_name = NameField(label=_("申请人姓名"), required=False, help_text=spoken(_("本人申请的不用填。")))
    claimant_phone = PhoneField(label=_("申请人手机号"), required=False)
    bank_account = CardField(label=_("收款银行卡号"), max_length=30, help_text=spoken(_("必须是申请人本人的卡。")))
    card_holder = NameField(label=_("这张卡的户名"))
    consent = forms.BooleanField(
        label=spoken(_("申请人已看过告知书并签字同意")),
        error_messages={"required": spoken(_("请让申请人看过告知书并签字，再勾选。"))},
    )
    consent_version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, insured: str, cover: CoverTerms | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.insured, self.cover = insured, cover

    def clean(self) -> dict[str, Any]:
        """Who claims and whose card it is hang together; both are said with everything else."""
        given = dict(super().clean() or {})
        if kinship := given.get("kinship"):
            name, phone = (given.get(key, "") or key in self.errors for key in ("claimant_name", "claimant_phone"))
            self.judge(lambda: rules.require_claimant(self.cover, kinship, str(name or ""), str(phone or "")))
            payee = self.insured if kinship == Kinship.SELF else given.get("claimant_name")
            if payee and (holder := given.get("card_holder")):
                self.judge(lambda: rules.require_holder(holder, payee))
        return given


class SupplyForm(Form):
    """What was asked for."""

    note = forms.CharField(
        label=spoken(_("您的说明")), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    paper = forms.ChoiceField(label=spoken(_("这次上传的是")), required=False)
    photos = PapersField(
        label=spoken(_("照片或 PDF")),
        required=False,
        widget=PapersInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf", "multiple": True}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paper"].choices = list(PAPER_LABELS.items())  # type: ignore[attr-defined]


class AppealForm(Form):
    """Why another answer is asked for."""

    ground = ReasonField(label=_("为什么不同意这个结果"), max_length=300)


class ReasonForm(Form):
    """A reason that the claimant will read."""

    reason = ReasonField(
        max_length=300,
        help_text=spoken(_("申请人会看到这段话，加密保存。请写清楚、写客气，不要写证件号和手机号。")),
    )
