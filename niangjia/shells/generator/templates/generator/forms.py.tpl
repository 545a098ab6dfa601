"""The pages' forms. What is wrong is said beside the field; what was typed stays."""

from __future__ import annotations

from django import forms

from @package@ import rules
from niangjia.kernel.text import _
from niangjia.platform.web.fields import ReasonField
from niangjia.platform.web.forms import Form, spoken


class WishForm(Form):
    """What the member asks for."""

    wish = forms.CharField(
        label=spoken(_("需要什么帮助")), max_length=rules.LONGEST, widget=forms.Textarea(attrs={"rows": 5})
    )


class RefusalForm(Form):
    """A reason that the member will read."""

    reason = ReasonField(max_length=300, help_text=_("申请人会看到这段话。不要写证件号和手机号。"))
