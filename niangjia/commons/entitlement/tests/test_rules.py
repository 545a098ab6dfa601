"""The data form of a rule: what is read, what is refused, what it says."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from niangjia.commons.entitlement import rules
from niangjia.commons.entitlement.predicates import Age, MemberFor, born_by
from niangjia.commons.entitlement.tests import strategies
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import age_on

EVERYTHING = {
    "who": [
        {"is": "union", "any_of": ["110114", "110108"]},
        {"is": "new_form"},
        {"is": "category", "any_of": ["courier", "delivery_rider", "truck_driver"]},
        {"is": "standing", "any_of": ["employed", "retained"]},
        {"is": "sex", "any_of": ["female"]},
        {"is": "age", "from": 16, "to": 60, "on": "2026-01-09"},
        {"is": "member_for", "days": 90},
        {"is": "member_before", "day": "2026-01-01"},
        {"is": "card", "any_of": ["active"]},
    ],
    "once": {"per": "household", "period": "year"},
}


def test_a_rule_comes_back_as_it_was_written():
    assert rules.as_json(rules.parse(EVERYTHING)) == EVERYTHING
    assert rules.as_json(rules.parse([])) == []


@given(strategies.RULES)
def test_any_rule_comes_back_as_it_was_written(data):
    rule = rules.parse(data)
    assert rules.as_json(rule) == data
    assert rules.parse(json.loads(json.dumps(rules.as_json(rule)))) == rule


def test_random_rules_are_made_of_every_condition():
    assert strategies.every_condition_is_drawn()


def test_a_rule_says_who_may_in_the_words_of_members():
    said = [str(sentence) for sentence in rules.in_words(rules.parse(EVERYTHING), {"110114": "昌平区总工会"})]
    assert said == [
        "是工会会员。",
        "会籍在昌平区总工会或110108，或它们的下级工会。",
        "是新就业形态劳动者（快递员、网约送餐员、货车司机、网约车司机、保安员、房产中介员）。",
        "职业是快递员、网约送餐员或货车司机。",
        "是在职会员或保留会籍的会员（如退休、待业）。",
        "性别是女。",
        "到2026年1月9日年满 16 周岁、不超过 60 周岁。",
        "入会满 90 天。",
        "在2026年1月1日以前入会。",
        "会员卡在正常使用。",
        "每户家庭每年限一次。",
    ]


@pytest.mark.parametrize(
    ("youngest", "oldest", "sentence"),
    [(16, 130, "年满 16 周岁。"), (0, 60, "不超过 60 周岁。"), (16, 60, "年满 16 周岁、不超过 60 周岁。")],
)
def test_an_age_open_at_one_end_is_said_so(youngest, oldest, sentence):
    rule = rules.parse([{"is": "age", "from": youngest, "to": oldest}])
    assert str(rules.in_words(rule)[1]) == sentence


def test_a_doubled_choice_is_one():
    rule = rules.parse([{"is": "union", "any_of": ["110114", "110114"]}])
    assert rule.union_codes == ("110114",)


def test_a_year_is_the_year_of_the_use_and_other_periods_have_no_name():
    yearly, ever, campaign = [
        rules.parse({"who": [], "once": {"per": "person", "period": period}}).once
        for period in ("year", "ever", "campaign")
    ]
    assert yearly.period_on(date(2026, 12, 31)) == "2026"
    assert ever.period_on(date(2026, 12, 31)) == campaign.period_on(date(2026, 12, 31)) == ""


@given(st.dates(date(1890, 1, 1), date(2030, 12, 31)), st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_birth_dates_of_an_age_are_those_with_so_many_completed_years(birth, day):
    years = age_on(birth, day)
    first, last = Age(years, years).born(day)
    assert first <= birth <= last
    assert born_by(day, years) == last


def test_days_before_the_first_of_all_days_are_no_error():
    assert MemberFor(36_500).since(date(1, 1, 5)) == date.min
    assert born_by(date(16, 1, 5), 16) == date.min


# What is refused

_AGE = {"is": "age", "from": 16, "to": 60}
_ONCE = {"per": "person", "period": "year"}
MALFORMED = [
    ("rule", None),
    ("rule", 7),
    ("rule", "courier"),
    ("rule", True),
    ("rule", {}),
    ("rule", {"is": "new_form"}),
    ("rule", {"who": []} | {"more": 1}),
    ("rule", {"once": _ONCE}),
    ("rule", {"who": None}),
    ("rule", {"who": {"is": "new_form"}}),
    ("rule", [None]),
    ("rule", [[]]),
    ("rule", ["new_form"]),
    ("rule", [{}]),
    ("rule", [{"is": None}]),
    ("rule", [{"is": ["new_form"]}]),
    ("rule", [{"is": {"is": "new_form"}}]),
    ("rule", [{"is": "member"}]),
    ("rule", [{"is": "anyone"}]),
    ("rule", [{"is": "NEW_FORM"}]),
    ("rule", [{"any_of": ["courier"]}]),
    ("rule", [{"is": "new_form"}] * 11),
    ("rule", [{"is": f"x{n}"} for n in range(1000)]),
    ("new_form", [{"is": "new_form"}, {"is": "new_form"}]),
    ("new_form", [{"is": "new_form", "any_of": ["courier"]}]),
    ("category", [{"is": "category"}]),
    ("category", [{"is": "category", "any_of": []}]),
    ("category", [{"is": "category", "any_of": None}]),
    ("category", [{"is": "category", "any_of": "courier"}]),
    ("category", [{"is": "category", "any_of": {"courier": 1}}]),
    ("category", [{"is": "category", "any_of": ["astronaut"]}]),
    ("category", [{"is": "category", "any_of": ["courier", None]}]),
    ("category", [{"is": "category", "any_of": [["courier"]]}]),
    ("category", [{"is": "category", "any_of": [1.5]}]),
    ("category", [{"is": "category", "any_of": ["courier"] * 51}]),
    ("category", [{"is": "category", "any_of": ["courier"], "none_of": []}]),
    ("union", [{"is": "union", "any_of": []}]),
    ("union", [{"is": "union", "any_of": ["110114 "]}]),
    ("union", [{"is": "union", "any_of": ["east"]}]),
    ("union", [{"is": "union", "any_of": ["' OR 1=1 --"]}]),
    ("union", [{"is": "union", "any_of": ["1" * 33]}]),
    ("union", [{"is": "union", "any_of": ["A\x00B"]}]),
    ("union", [{"is": "union", "any_of": ["A\n"]}]),
    ("union", [{"is": "union", "any_of": ["\ud800"]}]),
    ("union", [{"is": "union", "any_of": [110114]}]),
    ("union", [{"is": "union", "any_of": [{}]}]),
    ("union", [{"is": "union", "any_of": [f"{n}" for n in range(51)]}]),
    ("standing", [{"is": "standing", "any_of": ["active"]}]),
    ("sex", [{"is": "sex", "any_of": [""]}]),
    ("sex", [{"is": "sex", "any_of": ["f"]}]),
    ("age", [{"is": "age", "from": 16}]),
    ("age", [_AGE | {"until": 3}]),
    ("age_to", [_AGE | {"from": 61}]),
    ("age_from", [_AGE | {"from": -1}]),
    ("age_from", [_AGE | {"from": None}]),
    ("age_from", [_AGE | {"from": "16"}]),
    ("age_from", [_AGE | {"from": 16.0}]),
    ("age_from", [_AGE | {"from": True}]),
    ("age_to", [_AGE | {"to": 131}]),
    ("age_to", [_AGE | {"to": 10**30}]),
    ("age_to", [_AGE | {"to": float("nan")}]),
    ("age_on", [_AGE | {"on": "today"}]),
    ("age_on", [_AGE | {"on": "20260109"}]),
    ("age_on", [_AGE | {"on": "2026-02-30"}]),
    ("age_on", [_AGE | {"on": "0001-01-01"}]),
    ("age_on", [_AGE | {"on": 20260109}]),
    ("age_on", [_AGE | {"on": ""}]),
    ("member_for", [{"is": "member_for", "days": 0}]),
    ("member_for", [{"is": "member_for", "days": 36_501}]),
    ("member_for", [{"is": "member_for", "days": "90"}]),
    ("member_for", [{"is": "member_for", "days": False}]),
    ("member_before", [{"is": "member_before", "day": None}]),
    ("member_before", [{"is": "member_before", "day": "9999-12-31"}]),
    ("member_before", [{"is": "member_before", "day": "２０２６-０１-０１"}]),
    ("card", [{"is": "card", "any_of": ["closed"]}]),
    ("once", {"who": [], "once": []}),
    ("once", {"who": [], "once": "year"}),
    ("once", {"who": [], "once": {"per": "person"}}),
    ("once", {"who": [], "once": _ONCE | {"times": 2}}),
    ("once", {"who": [], "once": _ONCE | {"per": "card"}}),
    ("once", {"who": [], "once": _ONCE | {"period": ["year"]}}),
    ("once", {"who": [], "once": _ONCE | {"period": None}}),
]


@pytest.mark.parametrize(("field", "data"), MALFORMED)
def test_what_cannot_be_a_rule_is_refused_beside_its_field(field, data):
    with pytest.raises(RuleBroken) as error:
        rules.parse(data)
    assert error.value.code == "ENTITLEMENT_RULE"
    assert list(error.value.fields) == [field]
    (sentence,) = {str(text) for text in error.value.fields[field]}
    assert sentence.endswith("。")


def test_all_mistakes_are_told_at_once():
    data = {"who": [{"is": "sex", "any_of": []}, _AGE | {"from": 70}, {"is": "x"}], "once": {}}
    with pytest.raises(RuleBroken) as error:
        rules.parse(data)
    assert set(error.value.fields) == {"sex", "age_to", "rule", "once"}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["age", "who"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["is", "any_of", "who", "once", "from", "to", "on", "days"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(_json | st.lists(st.dictionaries(st.just("is"), st.sampled_from(sorted(strategies.CONDITIONS)), min_size=1)))
def test_whatever_is_sent_is_read_or_refused(data):
    try:
        written = rules.as_json(rules.parse(data))
    except RuleBroken as error:
        written = dict.fromkeys(error.fields)
    json.dumps(written)
