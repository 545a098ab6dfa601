"""The forms of the stall pages."""

from __future__ import annotations

from typing import Any

from django import forms

from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform.web.fields import DayField
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.joining.stalls.states import TALK_LABELS, Talk

HOURS = (1, 2, 3, 4, 6, 8, 12)


class OpenForm(Form):
    """With whom, for which union, where, when."""

    talk = forms.ChoiceField(
        label=spoken(_("哪种沟通会")),
        widget=forms.RadioSelect,
        initial=Talk.WORKERS.value,
        choices=[(talk.value, spoken(label)) for talk, label in TALK_LABELS.items()],
        error_messages={"required": spoken(_("请选择是职工沟通会还是企业沟通会。"))},
    )
    union_code = forms.ChoiceField(
        label=spoken(_("由哪个工会办理")), error_messages={"required": spoken(_("请选择工会。"))}
    )
    place = forms.CharField(
        label=spoken(_("地点")),
        max_length=200,
        help_text=spoken(_("来的人会看到，例如“回龙观地铁站 A 口”。")),
        error_messages={"required": spoken(_("请写明地点。"))},
    )
    hours = forms.TypedChoiceField(
        label=spoken(_("开多久")),
        coerce=int,
        initial=4,
        choices=[(hours, spoken(_("{hours} 小时", hours=hours))) for hours in HOURS],
        help_text=spoken(_("到时间二维码自动作废，也可以提前结束。")),
    )
    day = DayField(
        label=spoken(_("日期")),
        required=False,
        latest=clock.today,
        help_text=spoken(_("今天开始不用填；补记以前的沟通会，填那一天。")),
    )

    def __init__(self, *args: Any, unions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = [] if len(unions) == 1 else [("", spoken(_("请选择")))]
        self.fields["union_code"].choices = [*first, *unions]  # type: ignore[attr-defined]


class ExtendForm(Form):
    """How much longer."""

    hours = forms.TypedChoiceField(
        label=spoken(_("再开多久")),
        coerce=int,
        initial=1,
        choices=[(hours, spoken(_("{hours} 小时", hours=hours))) for hours in HOURS[:5]],
        help_text=spoken(_("要提前结束，请选“结束”。")),
    )


class EndForm(Form):
    """How many came."""

    attended = forms.IntegerField(
        label=spoken(_("参加人数")),
        required=False,
        min_value=0,
        max_value=100_000,
        help_text=spoken(_("来听的人，不只是入会的人。没有数可以不填。")),
        error_messages={"invalid": spoken(_("请填整数。"))},
    )


class FoundingForm(Form):
    """The union that was founded."""

    union_code = forms.ChoiceField(
        label=spoken(_("建立了哪个工会")), error_messages={"required": spoken(_("请选择工会。"))}
    )

    def __init__(self, *args: Any, unions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union_code"].choices = [("", spoken(_("请选择"))), *unions]  # type: ignore[attr-defined]
        if not unions:
            self.fields["union_code"].help_text = spoken(
                _("还没有沟通会当天或以后成立的工会。工会登记成立以后，再到这里登记。")
            )
