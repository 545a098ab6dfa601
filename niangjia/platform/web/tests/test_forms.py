from datetime import date

import pytest
from django import forms as django_forms
from django.template import engines

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.web import fields, forms


class Sample(forms.Form):
    name = fields.NameField(help_text=_("请与证件一致。"))
    phone = fields.PhoneField()
    day = fields.DayField(required=False, earliest=date(2026, 1, 1), latest=lambda: date(2026, 12, 31))
    amount = fields.YuanField(required=False)
    colour = django_forms.ChoiceField(label="颜色", choices=[("r", "红")], widget=django_forms.RadioSelect)
    agreed = django_forms.BooleanField(label="同意")


GOOD = {"name": " 阿依古丽·麦麦提 ", "phone": "+86 138-1234-5678", "colour": "r", "agreed": "on"}


def test_what_people_type_is_normalised() -> None:
    form = Sample({**GOOD, "phone": "+86 138 1234 5678", "day": "2026年3月4日", "amount": "12.5"})
    assert form.is_valid(), form.errors
    cleaned = form.cleaned_data
    assert (cleaned["phone"], cleaned["day"], cleaned["amount"]) == ("13812345678", date(2026, 3, 4), 1250)


@pytest.mark.parametrize("typed", ["2026-1-9", "2026/01/09", "2026.1.9", "2026年1月9日", "20260109", " 2026-01-09"])
def test_a_day_is_read_in_every_usual_way(typed: str) -> None:
    assert fields.parse_day(typed) == date(2026, 1, 9)


@pytest.mark.parametrize("typed", ["2026-02-30", "昨天", "26-1-9", "2026-1", "2026-13-01", ""])
def test_a_day_that_is_none_says_how_to_write_one(typed: str) -> None:
    with pytest.raises(django_forms.ValidationError, match="2026-01-09"):
        fields.parse_day(typed)


def test_days_outside_the_range_are_refused_with_the_limit() -> None:
    form = Sample({**GOOD, "day": "2025-12-31"})
    assert "2026-01-01" in str(form["day"].errors)
    assert "2026-12-31" in str(Sample({**GOOD, "day": "2027-01-01"})["day"].errors)
    assert Sample({**GOOD, "day": "2026-12-31"}).is_valid()


def test_a_missing_input_is_named_in_its_own_words() -> None:
    form = Sample({})
    assert form.errors["phone"] == ["请填写手机号。"]
    assert form.errors["colour"] == ["请选择：颜色"]
    assert form.errors["agreed"] == ["请勾选这一项才能继续。"]


def test_every_error_stands_beside_its_field_and_in_a_summary_that_leads_there() -> None:
    html = str(Sample({"name": "", "phone": "12", "colour": "", "agreed": ""}))
    for name, target in (
        ("name", "id_name"),
        ("phone", "id_phone"),
        ("colour", "id_colour_0"),
        ("agreed", "id_agreed"),
    ):
        assert f'href="#{target}"' in html
        assert f'id="{target}"' in html
        assert f'id="id_{name}_error"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert html.count('aria-invalid="true"') >= 2
    assert html.index("error-summary") < html.index('id="id_name"')


def test_a_form_without_errors_has_no_summary_and_optional_fields_say_so() -> None:
    html = str(Sample())
    assert "error-summary" not in html
    assert html.count("可以不填") == 2


def test_what_was_typed_is_escaped_when_it_comes_back() -> None:
    html = str(Sample({**GOOD, "name": "<script>alert(1)</script>"}))
    assert "<script>" not in html


def test_a_refusal_is_put_beside_the_fields_it_names_and_on_top_otherwise() -> None:
    form = Sample(GOOD)
    form.is_valid()
    form.refuse(RuleBroken("X", _("不行"), fields={"phone": [_("这个号码已经登记。")]}))
    assert form.errors["phone"] == ["这个号码已经登记。"]
    assert not form.non_field_errors()
    form.refuse(RuleBroken("Z", _("不行"), fields={"value": [_("换一个号码。")]}), value="phone")
    assert form.errors["phone"] == ["这个号码已经登记。", "换一个号码。"]
    form.refuse(RuleBroken("Y", _("现在不行。"), fields={"elsewhere": [_("不在这张表里")]}))
    assert form.non_field_errors() == ["现在不行。"]


def test_a_refused_upload_stands_beside_the_only_field_for_files() -> None:
    refused = RuleBroken("FILE_CONTENT", _("打不开"), fields={"file": [_("打不开")]})

    class WithPhoto(Sample):
        photo = django_forms.FileField(required=False)

    form = WithPhoto(GOOD)
    form.refuse(refused)
    assert form.errors["photo"] == ["打不开"]
    plain = Sample(GOOD)
    plain.refuse(refused)
    assert plain.non_field_errors() == ["打不开"]


def test_the_request_key_lasts_while_a_form_is_corrected_and_is_fresh_otherwise() -> None:
    assert Sample({**GOOD, "idempotency_key": "k" * 20}).key == "k" * 20
    assert Sample({**GOOD, "idempotency_key": "short"}).key != "short"
    assert Sample().key != Sample().key


def test_widgets_without_a_template_of_ours_use_djangos() -> None:
    html = engines["django"].from_string("{% field form.colour %}").render({"form": Sample()})
    assert 'type="radio"' in html
    assert "<fieldset" in html
    assert "<legend>颜色</legend>" in html


def test_no_browser_bubbles_and_the_right_keyboard() -> None:
    html = str(Sample())
    assert " required" not in html
    assert 'inputmode="tel"' in html
    assert 'inputmode="decimal"' in html
