"""The forms of the purchase pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from niangjia.commons.payments.forms import AccountNumberField
from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.platform.web.fields import DayField, NormalisedField, ReasonField, WholeField, YuanField
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.protection.purchases import buying, rules


class TitleField(NormalisedField):
    """The buyer's name on the invoice."""

    missing = _("请填写购买单位全称。")

    def normalise(self, value: str) -> str:
        return rules.require_title(value)


class TaxNumberField(NormalisedField):
    """The buyer's social credit code."""

    missing = _("请填写统一社会信用代码。")

    def normalise(self, value: str) -> str:
        return rules.require_tax_number(value)


class BankReferenceField(NormalisedField):
    """The bank's number of a sum that came in."""

    missing = _("请填写银行流水号。")

    def normalise(self, value: str) -> str:
        return rules.require_reference(value)


class HeadcountField(WholeField):
    """How many staff a unit has."""

    def __init__(self) -> None:
        hint = _("包括没有入会的职工，参保比例按它和会员人数中较大的一个计算。")
        super().__init__(label=spoken(_("在职职工人数")), help_text=spoken(hint))

    def clean(self, value: Any) -> Any:
        headcount = super().clean(value)
        try:
            return rules.require_headcount(headcount)
        except RuleBroken as error:
            raise ValidationError(str(error.message), code=error.code) from error


class PurchaseForm(Form):
    """Who buys what, from when, for how many staff."""

    union_code = forms.ChoiceField(label=spoken(_("哪个工会的职工")))
    plan_code = forms.ChoiceField(label=spoken(_("保障方案")))
    from_day = DayField(label=_("起保日期"))
    title = TitleField(label=_("购买单位全称"), max_length=100, help_text=spoken(_("写在票据上。")))
    tax_number = TaxNumberField(label=_("统一社会信用代码"), max_length=40)
    headcount = HeadcountField()

    def __init__(self, *args: Any, unions: list[tuple[str, str]], plans: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "initial": {"from_day": clock.today() + timedelta(days=30)}})
        for name, choices in (("union_code", unions), ("plan_code", plans)):
            first = [] if len(choices) == 1 else [("", spoken(_("请选择")))]
            self.fields[name].choices = [*first, *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = dict(super().clean() or {})
        if {"plan_code", "from_day"} <= set(given):
            self.judge(lambda: buying.sold_from(given["plan_code"], given["from_day"]))
        return given


FILE, EVERYBODY, PICKED = "file", "everybody", "picked"
_WAYS: tuple[tuple[str, Text], ...] = (
    (FILE, _("按名单文件")),
    (EVERYBODY, _("这个工会的全部会员")),
    (PICKED, _("在下面勾选会员")),
)


class PeopleForm(Form):
    """Whom the purchase is for."""

    way = forms.ChoiceField(label=spoken(_("给谁参保")), widget=forms.RadioSelect, initial=FILE)
    file = forms.FileField(
        label=spoken(_("名单文件")),
        required=False,
        help_text=spoken(_("按模板填写的 .xlsx 或 .csv，最大 64 MB、50 万行。其他两种办法不用上传。")),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )
    q = forms.CharField(label=spoken(_("按姓名查找")), required=False, max_length=50)
    picked = forms.CharField(required=False, max_length=400_000, widget=forms.HiddenInput)
    people = forms.MultipleChoiceField(label=spoken(_("会员")), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, members: list[tuple[str, str]] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = _WAYS if members is not None else _WAYS[:1]
        self.fields["way"].choices = [(code, spoken(label)) for code, label in ways]  # type: ignore[attr-defined]
        self.fields["people"].choices = members or []  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("way") == FILE and not given.get("file") and "file" not in self.errors:
            self.add_error("file", str(_("请选择要上传的文件。")))
        return given


class ReceiptForm(Form):
    """A sum that came in, as the bank's slip says."""

    fen = YuanField(label=_("到账金额（元）"))
    bank_reference = BankReferenceField(label=_("银行流水号"), max_length=60)
    received_on = DayField(label=_("到账日期"), initial=clock.today, latest=clock.today)

    def __init__(self, *args: Any, awaited: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.awaited = awaited

    def clean(self) -> dict[str, Any]:
        """Whether so much is owed is the action's to judge, for a second click finds less of it; where something else
        is wrong, it is said with that."""
        given = dict(super().clean() or {})
        if self.errors and "fen" in given:
            self.judge(lambda: rules.require_part(given["fen"], self.awaited))
        return given


class ReasonForm(Form):
    """Why."""

    reason = ReasonField(label=_("理由"))


class CancelForm(ReasonForm):
    """Why a purchase is given up, and where the money goes back."""

    refund_account = AccountNumberField(label=_("购买单位的收款账号"), max_length=64)

    def __init__(self, *args: Any, refund: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not refund:
            del self.fields["refund_account"]


class HeadcountForm(Form):
    """How many staff there are now, and why fewer."""

    headcount = HeadcountField()
    reason = ReasonField(label=_("为什么有变化"), max_length=300)


class RefundForm(Form):
    """Where money left over goes back to."""

    refund_account = AccountNumberField(label=_("购买单位的收款账号"), max_length=64)


class OffsetForm(Form):
    """For which other purchase it counts."""

    purchase_number = forms.CharField(
        label=spoken(_("抵扣哪一次购买")),
        max_length=40,
        help_text=spoken(_("填写那次购买的编号，例如 TB2026-0000012-3。")),
    )
