"""The forms of payments."""

from __future__ import annotations

from typing import Any

from django import forms

from niangjia.commons.payments import rules
from niangjia.commons.payments.states import FUND_LABELS
from niangjia.kernel.text import _
from niangjia.platform.web.fields import IdNumberField, NormalisedField, ReasonField, YuanField
from niangjia.platform.web.forms import Form, spoken


class AccountNumberField(NormalisedField):
    """The number of a bank account; blanks and dashes are taken away, a card's check digit is looked at."""

    missing = _("请填写银行卡号。")

    def normalise(self, value: str) -> str:
        return rules.account_number(value)

    def hints(self) -> dict[str, str]:
        return {"inputmode": "numeric", "autocomplete": "off"}


class BankField(NormalisedField):
    """The name of a bank."""

    missing = _("请填写开户银行。")

    def normalise(self, value: str) -> str:
        return rules.bank_name(value)


class ReferenceField(NormalisedField):
    """The reference of a payment, whose check digit is looked at."""

    missing = _("请填写付款的参考号。")

    def normalise(self, value: str) -> str:
        return rules.require_reference(value)


class ReasonForm(Form):
    """Why."""

    reason = ReasonField()


class PlaceForm(ReasonForm):
    """The payment of which a line of the bank's file speaks."""

    reference = ReferenceField(
        label=spoken(_("付款的参考号")), max_length=40, help_text=spoken(_("例如 ZF2026-0000041-5，写在付款页上。"))
    )
    field_order = ("reference", "reason")


class ReasonlessForm(Form):
    """A move that asks nothing but to be sure."""


class FundForm(Form):
    """A fund of one of the reader's unions."""

    union = forms.ChoiceField(label=spoken(_("工会")))
    fund = forms.ChoiceField(label=spoken(_("资金来源")), choices=list(FUND_LABELS.items()))

    def __init__(self, *args: Any, unions: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].choices = unions  # type: ignore[attr-defined]


class TakeInForm(Form):
    """Money that came into a fund."""

    fen = YuanField(label=_("金额（元）"))
    reason = ReasonField(label=_("从哪里来"))


class ReturnForm(Form):
    """The bank's file."""

    file = forms.FileField(label=spoken(_("银行回盘文件")), help_text=spoken(_("CSV 或 xlsx，列名见说明。")))


class IdentityForm(Form):
    """Who a user of finance is."""

    id_number = IdNumberField(
        label=_("身份证号"), help_text=spoken(_("只用来认出同一个人的两个账号；号码本身不保存，以后也看不到。"))
    )


class AccountForm(Form):
    """Where one's money goes."""

    bank = BankField(label=spoken(_("开户银行")), max_length=rules.LONGEST_BANK)
    account_number = AccountNumberField(label=spoken(_("银行卡号")), max_length=40)
