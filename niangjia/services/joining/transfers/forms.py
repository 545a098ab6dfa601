"""The forms of transfers."""

from __future__ import annotations

from typing import Any

from django import forms

from niangjia.kernel.text import _
from niangjia.platform.web.forms import Form, spoken


class ChooseForm(Form):
    """To which of the unions found the member wants to go."""

    union_code = forms.ChoiceField(
        label=spoken(_("转到哪个工会")),
        widget=forms.RadioSelect,
        error_messages={"required": spoken(_("请选择工会。"))},
    )

    def __init__(self, *args: Any, unions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union_code"].choices = unions  # type: ignore[attr-defined]


class ProposeForm(Form):
    """Who shall come, to which union."""

    union_code = forms.ChoiceField(
        label=spoken(_("接收的工会")), error_messages={"required": spoken(_("请选择工会。"))}
    )
    member_number = forms.CharField(
        label=spoken(_("会员号")), max_length=24, help_text=spoken(_("在会员卡上，例如 HY2026-0000041-5。"))
    )
    name = forms.CharField(label=spoken(_("姓名")), max_length=50)

    def __init__(self, *args: Any, unions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = [] if len(unions) == 1 else [("", spoken(_("请选择")))]
        self.fields["union_code"].choices = [*first, *unions]  # type: ignore[attr-defined]


class RefuseForm(Form):
    """Why not; the member reads it."""

    reason = forms.CharField(
        label=spoken(_("理由")),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=spoken(_("会员会看到这段话。请写清楚、写客气，不要写证件号和手机号。")),
        error_messages={"required": spoken(_("请写明理由。"))},
    )
