"""Form fields that accept what people really type and give the one form in which we keep it.

Each ``clean`` raises ValidationError with a sentence that says what to do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import Text, _

_DAY = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})")


def _sentence(error: DomainError) -> str:
    """The most particular sentence of a refusal."""
    return str(next((texts[0] for texts in error.fields.values() if texts), error.message))


class NormalisedField(forms.CharField):
    """A text field whose value passes through a kernel function."""

    missing: Text = _("请填写这一项。")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {})
        kwargs["error_messages"].setdefault("required", self.missing)
        kwargs.setdefault("max_length", 200)
        super().__init__(**kwargs)

    def normalise(self, value: str) -> Any:
        """The kept form of ``value``; raises RuleBroken."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return self.empty_value
        try:
            return self.normalise(text)
        except DomainError as error:
            raise ValidationError(_sentence(error), code=error.code) from error

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), **self.hints()}

    def hints(self) -> dict[str, str]:
        """Attributes that bring the right keyboard and filling-in."""
        return {}


class PhoneField(NormalisedField):
    """A mainland mobile number; +86, spaces, dashes and full-width digits are taken away. Gives 11 digits."""

    missing = _("请填写手机号。")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("手机号"))
        super().__init__(**kwargs)

    def normalise(self, value: str) -> str:
        from niangjia.kernel.identifiers import mobile_phone

        return mobile_phone(value)

    def hints(self) -> dict[str, str]:
        return {"inputmode": "tel", "autocomplete": "tel", "data-format": "phone"}


class IdNumberField(NormalisedField):
    """A resident identity or residence permit number of 18 characters. Gives a kernel ResidentId."""

    missing = _("请填写身份证件号码。")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("身份证件号码"))
        super().__init__(**kwargs)

    def normalise(self, value: str) -> Any:
        from niangjia.kernel.identifiers import resident_id

        return resident_id(value)

    def hints(self) -> dict[str, str]:
        return {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters", "data-format": "id"}


class NameField(NormalisedField):
    """A person's name; the dots of minority names are made one kind, blanks around are taken away."""

    missing = _("请填写姓名。")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("姓名"))
        super().__init__(**kwargs)

    def normalise(self, value: str) -> str:
        from niangjia.kernel.identifiers import person_name

        return person_name(value)

    def hints(self) -> dict[str, str]:
        return {"autocomplete": "name"}


class CodeField(NormalisedField):
    """A code of six digits from a message or an authenticator."""

    missing = _("请填写 6 位数字的验证码。")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("验证码"))
        super().__init__(**kwargs)

    def normalise(self, value: str) -> str:
        digits = re.sub(r"\s", "", unicodedata.normalize("NFKC", value))
        if not re.fullmatch(r"[0-9]{6}", digits):
            raise ValidationError(str(_("验证码是 6 位数字，请照短信或验证器上的填写。")), code="CODE_FORM")
        return digits

    def hints(self) -> dict[str, str]:
        return {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12"}


class YuanField(NormalisedField):
    """An amount typed in yuan, such as ``1234.56``. Gives integer fen."""

    missing = _("请填写金额。")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("金额（元）"))
        super().__init__(**kwargs)

    def normalise(self, value: str) -> int:
        from niangjia.kernel.money import parse_yuan

        return parse_yuan(value)

    def hints(self) -> dict[str, str]:
        return {"inputmode": "decimal", "autocomplete": "off"}


class WholeField(forms.IntegerField):
    """A whole number in plain digits; ``1_000``, ``1e3``, ``１２`` and ``12.0`` are refused rather than guessed at."""

    def __init__(self, *, min_value: int | None = None, max_value: int | None = None, **kwargs: Any) -> None:
        self.least, self.most = min_value, max_value
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str) and not re.fullmatch(r"\s*(-?[0-9]{1,12})?\s*", value, re.ASCII):
            raise ValidationError(str(_("请填整数，例如 12。")), code="WHOLE_NUMBER")
        return super().to_python(value)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and self.least is not None and value < self.least:
            raise ValidationError(str(_("至少填 {least}。", least=self.least)), code="TOO_SMALL")
        if value is not None and self.most is not None and value > self.most:
            raise ValidationError(str(_("最多填 {most}。", most=self.most)), code="TOO_LARGE")


def parse_day(value: str) -> date:
    """A day as people write it: 2026-1-9, 2026/01/09, 2026年1月9日，20260109, full-width. Raises ValidationError."""
    plain = unicodedata.normalize("NFKC", value).strip()
    found = _EIGHT.fullmatch(plain) or _DAY.fullmatch(plain)
    try:
        if found is None:
            raise ValueError(value)
        return date(*(int(part) for part in found.groups()))
    except ValueError as error:
        raise ValidationError(str(_("请按 2026-01-09 这样填写日期。")), code="DAY_FORM") from error


class DayInput(forms.DateInput):
    """The browser's own date picker, which always speaks ISO."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class DayField(forms.Field):
    """A day. ``earliest`` and ``latest`` are days or functions giving one, both included."""

    widget = DayInput
    default_error_messages: ClassVar[dict[str, Any]] = {"required": _("请填写日期。")}

    def __init__(
        self,
        *,
        earliest: date | Callable[[], date] | None = None,
        latest: date | Callable[[], date] | None = None,
        **kwargs: Any,
    ) -> None:
        self.earliest, self.latest = earliest, latest
        kwargs.setdefault("label", _("日期"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        return value if isinstance(value, date) else parse_day(str(value))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.earliest and value < (first := _resolve(self.earliest)):
            raise ValidationError(str(_("最早可以填 {day}。", day=first.isoformat())), code="DAY_TOO_EARLY")
        if self.latest and value > (last := _resolve(self.latest)):
            raise ValidationError(str(_("最晚可以填 {day}。", day=last.isoformat())), code="DAY_TOO_LATE")


def _resolve(bound: date | Callable[[], date]) -> date:
    return bound() if callable(bound) else bound


class ReasonField(forms.CharField):
    """A reason in a sentence, kept in the record and where fitting shown to the person concerned."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("理由"))
        kwargs.setdefault("min_length", 4)
        kwargs.setdefault("max_length", 500)
        kwargs.setdefault("error_messages", {})
        kwargs["error_messages"].setdefault("required", _("请写明理由。"))
        kwargs["error_messages"].setdefault("min_length", gettext_lazy("请写得具体一些，至少 4 个字。"))
        super().__init__(**kwargs)
        self.widget.attrs["rows"] = 3
