"""Forms as pages draw them: one base, one renderer, fields that normalise what people type.

A field that cannot be read says so beside itself; a refusal of an action is put beside the fields it names by
:meth:`Form.refuse`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.template.exceptions import TemplateDoesNotExist

from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import Text, _

UPLOAD = "file"
"""Under this name an upload is refused, whatever its field is called."""

KEY_FIELD = "idempotency_key"


@cache
def _built_in() -> DjangoTemplates:
    return DjangoTemplates()


class Renderer(TemplatesSetting):
    """Draws forms and fields by our templates; widgets we have no template for by Django's own."""

    form_template_name = "web/form/form.html"
    formset_template_name = "web/form/formset.html"
    field_template_name = "web/form/field.html"

    def get_template(self, template_name: str) -> Any:
        try:
            return super().get_template(template_name)
        except TemplateDoesNotExist:
            return _built_in().get_template(template_name)


def spoken(message: Text) -> Any:
    """A message of ours where Django's fields are typed for their own lazy strings; translated when shown."""
    return message


_REQUIRED = forms.Field.default_error_messages["required"]


def _ask_plainly(field: forms.Field) -> None:
    """Say which input is missing, instead of Django's sentence that fits all and helps nobody."""
    messages: dict[str, Any] = field.error_messages
    if messages.get("required") is not _REQUIRED:
        return
    if isinstance(field, forms.BooleanField):
        messages["required"] = _("请勾选这一项才能继续。")
    elif isinstance(field, forms.ChoiceField):
        messages["required"] = _("请选择：{label}", label=field.label)
    else:
        messages["required"] = _("请填写：{label}", label=field.label)


class Form(forms.Form):
    """Base of all forms: no colon after labels, no browser bubbles, a hidden key for repeat-safe posting."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def full_clean(self) -> None:
        """Judge what was posted; only now every field is there, also those that a form adds by itself."""
        for field in self.fields.values():
            _ask_plainly(field)
        super().full_clean()

    @property
    def key(self) -> str:
        """The request key: the one that was posted while the form is being corrected, else a fresh one."""
        posted = self.data.get(KEY_FIELD, "") if self.is_bound else ""
        return posted if 8 <= len(posted) <= 255 else secrets.token_urlsafe(18)

    def judge(self, rule: Callable[[], Any]) -> None:
        """Say in the form what ``rule`` refuses. Called in ``clean`` for each rule of its own, so that everything that
        is wrong is said at once."""
        try:
            rule()
        except DomainError as error:
            self.refuse(error)

    def refuse(self, error: DomainError, **ours: str) -> None:
        """Show an action's refusal: beside the fields it names, and on top when it names none of ours. ``ours`` gives
        our field for one of the action's, as in ``refuse(error, value="phone")``."""
        placed = False
        for name, texts in error.fields.items():
            field = self._place_of(ours.get(name, name))
            if field:
                placed = True
                for text in texts:
                    self.add_error(field, forms.ValidationError(str(text), code=error.code))
        if not placed:
            self.add_error(None, forms.ValidationError(str(error.message), code=error.code))

    def _place_of(self, name: str) -> str:
        """Our field of that name; for a refused upload the only field that takes files; else ""."""
        if name in self.fields or name != UPLOAD:
            return name if name in self.fields else ""
        uploads = [ours for ours, field in self.fields.items() if field.widget.needs_multipart_form]
        return uploads[0] if len(uploads) == 1 else ""
