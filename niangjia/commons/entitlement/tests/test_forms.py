"""A rule in the console: what is filled in is the rule, and a rule fills the form."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import HealthCheck, given, settings

from niangjia.commons.entitlement import rules
from niangjia.commons.entitlement.compile import explain
from niangjia.commons.entitlement.forms import RuleForm
from niangjia.commons.entitlement.queries import who_may
from niangjia.commons.entitlement.tests import strategies
from niangjia.commons.people.testing import a_member


def posted(**answers):
    """A form as a browser sends it."""
    data = QueryDict(mutable=True)
    for name, value in answers.items():
        data.setlist(f"who-{name}", value if isinstance(value, list) else [value])
    return RuleForm(data, prefix="who")


def sent_as_shown(form):
    """What a browser sends when a shown form is not touched."""
    shown = {name: form[name].value() for name in form.fields}
    return {name: value if isinstance(value, list) else str(value) for name, value in shown.items() if value}


def written(**answers):
    form = posted(**answers)
    assert form.is_valid(), form.errors
    return rules.as_json(form.rule())


def complaints(**answers):
    form = posted(**answers)
    assert not form.is_valid()
    with pytest.raises(ValueError, match="valid"):
        form.rule()
    return {name: [str(error) for error in errors] for name, errors in form.errors.items()}


def test_an_empty_form_is_a_rule_for_every_member(db):
    assert written() == []


def test_what_is_filled_in_becomes_the_rule(tree):
    data = written(
        union="east，ＷＥＳＴ\n east-1 EAST",
        new_form="on",
        category=["courier", "delivery_rider"],
        standing=["employed"],
        sex=["female"],
        age_from="１６",
        age_to=" 60 ",
        age_on="2026-01-09",
        member_for="90",
        member_before="2026年1月1日",
        card="on",
        honour=["model_worker"],
        once_per="household",
        once_period="year",
    )
    assert data == {
        "who": [
            {"is": "union", "any_of": ["EAST", "WEST", "EAST-1"]},
            {"is": "new_form"},
            {"is": "category", "any_of": ["courier", "delivery_rider"]},
            {"is": "standing", "any_of": ["employed"]},
            {"is": "sex", "any_of": ["female"]},
            {"is": "age", "from": 16, "to": 60, "on": "2026-01-09"},
            {"is": "member_for", "days": 90},
            {"is": "member_before", "day": "2026-01-01"},
            {"is": "card", "any_of": ["active"]},
            {"is": "honour", "any_of": ["model_worker"]},
        ],
        "once": {"per": "household", "period": "year"},
    }


def test_one_end_of_an_age_may_be_left_open(db):
    assert written(age_from="18") == [{"is": "age", "from": 18, "to": 130, "on": None}]
    assert written(age_to="60") == [{"is": "age", "from": 0, "to": 60, "on": None}]


def test_a_limit_without_a_time_is_of_this_campaign(db):
    assert written(once_per="person") == {"who": [], "once": {"per": "person", "period": "campaign"}}


def test_any_rule_fills_the_form_and_comes_back(tree):
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(strategies.RULES)
    def comes_back(data):
        rule = rules.parse(data)
        form = posted(**sent_as_shown(RuleForm(rule=rule, prefix="who")))
        if "UNKNOWN" in rule.union_codes:
            assert set(form.errors) == {"union"}
        elif "category" not in form.errors:
            assert form.is_valid(), form.errors
            assert set(form.rule().written) == set(rule.written)
            assert form.rule().once == rule.once

    comes_back()


@pytest.mark.parametrize(
    ("answers", "field", "sentence"),
    [
        ({"union": "EAST NOWHERE"}, "union", "没有找到代码是“NOWHERE”的工会，请核对。"),
        ({"union": "<script>"}, "union", "没有找到代码是“<SCRIPT>”的工会，请核对。"),
        ({"age_from": "1_6"}, "age_from", "年龄请填 0 到 130 的整数。"),
        ({"age_from": "1e1"}, "age_from", "年龄请填 0 到 130 的整数。"),
        ({"age_from": "٣"}, "age_from", "年龄请填 0 到 130 的整数。"),
        ({"age_to": "131"}, "age_to", "年龄请填 0 到 130 的整数。"),
        ({"age_from": "61", "age_to": "60"}, "age_to", "年龄上限不能小于下限。"),
        ({"age_on": "2026-01-09"}, "age_from", "填了算年龄的日期，请把年龄也填上。"),
        ({"age_from": "16", "age_on": "1066-10-14"}, "age_on", "日期请填 1900 年到 2199 年之间。"),
        ({"member_for": "0"}, "member_for", "入会天数请填 1 到 36500 的整数。"),
        ({"member_before": "2026-02-30"}, "member_before", "请按 2026-01-09 这样填写日期。"),
        (
            {"new_form": "on", "category": ["civil_servant"]},
            "category",
            "所选职业都不是新就业形态劳动者，这样谁也不能参加。请改选。",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(tree, answers, field, sentence):
    assert complaints(**answers) == {field: [sentence]}


@pytest.mark.parametrize("name", ["category", "standing", "sex", "honour", "once_per", "once_period"])
def test_a_choice_that_is_none_is_refused(db, name):
    assert list(complaints(**{name: ["astronaut"]})) == [name]


def test_more_unions_than_a_rule_holds_are_refused(tree):
    assert list(complaints(union=" ".join(f"A{n}" for n in range(51)))) == ["union"]


# Pages


def test_the_fields_show_new_forms_first_and_the_unions_by_name(tree):
    rule = rules.parse([{"is": "union", "any_of": ["EAST"]}, {"is": "category", "any_of": ["civil_servant"]}])
    page = render_to_string("entitlement/_rule_fields.html", {"rule_form": RuleForm(rule=rule, prefix="who")})
    assert "EAST工会" in page
    assert page.index("房产中介员") < page.index("其他职业") < page.index("企业职工")
    assert page.count('name="who-category"') == 11
    assert page.count("checked") == 3  # the category, no limit, and this campaign


def test_mistakes_stand_beside_their_fields(tree):
    form = posted(union="NOWHERE", category=["astronaut"])
    page = render_to_string("entitlement/_rule_fields.html", {"rule_form": form})
    assert page.count("field-error") == 2
    assert "NOWHERE</textarea>" in page


def test_who_may_is_told_with_the_names_of_unions(tree):
    sentences = who_may(rules.parse([{"is": "union", "any_of": ["EAST"]}]))
    page = render_to_string("entitlement/_who_may.html", {"sentences": sentences})
    assert "会籍在EAST工会或它的下级工会。" in page


def test_why_not_names_each_condition_with_its_word(tree, clock):
    person = a_member(tree["FIRM"]).person
    explanation = explain(rules.parse([{"is": "sex", "any_of": ["female"]}]), person.pk, clock.today)
    page = render_to_string("entitlement/_why_not.html", {"explanation": explanation})
    assert page.count("<li>") == 2
    assert page.index("符合") < page.index("不符合") < page.index("这项服务面向女会员。")
