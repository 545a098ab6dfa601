"""The forms of deemed exit."""

from __future__ import annotations

from django import forms

from niangjia.kernel.text import _
from niangjia.platform.web.forms import Form, spoken


class WarnForm(Form):
    """How somebody without an account was told."""

    told_how = forms.CharField(
        label=spoken(_("怎么告知的")),
        required=False,
        max_length=100,
        help_text=spoken(_("本人有手机账号的不用填，系统会发提醒。没有账号的，写明哪天打电话、寄信或当面告知。")),
    )


class ReasonForm(Form):
    """Why; the member reads it."""

    reason = forms.CharField(
        label=spoken(_("理由")),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=spoken(_("会员会看到这段话。请写清楚、写客气，不要写证件号和手机号。")),
        error_messages={"required": spoken(_("请写明理由。"))},
    )
