from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from niangjia.commons.people import rules
from niangjia.commons.people.initials import initials_of
from niangjia.commons.people.rules import Relation, SearchBy, Span
from niangjia.commons.people.testing import an_id_number
from niangjia.kernel.errors import Conflict, DomainError, Malformed
from niangjia.kernel.ids import readable_number

TODAY = date(2026, 3, 4)


def code_of(act):
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value.code


# Search


@pytest.mark.parametrize(
    "text", ["", "张", "   ", "\u200b\u200b\u200b", "\u202e", "张\u200b", "··", "x" * 101, "x" * 10_000, "a·", "𠮷"]
)
def test_a_term_of_less_than_two_or_more_than_a_hundred_characters_is_refused(text):
    assert code_of(lambda: rules.search_term(text)) == "QUERY"


@pytest.mark.parametrize(
    "text",
    ["110101", "138", "1234", "123X", "6222020200112233445", "1380013800", "11010119900101123", "138-0013", "１３８"],
)
def test_part_of_a_number_finds_nobody(text):
    assert code_of(lambda: rules.search_term(text)) == "NEED_FULL_ID"


@pytest.mark.parametrize("text", ["张\x00三", "\ud800三三", None, 12, ["张三"]])
def test_what_cannot_be_read_is_malformed(text):
    with pytest.raises(Malformed):
        rules.search_term(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("张三", "张三"),
        (" 张 三 ", "张三"),
        ("%%%%%%", "%%%%%%"),
        ("__", "__"),
        ("\\\\", "\\\\"),
        ("' OR 1=1--", "or1=1"),
        (";DROP TABLE x", ";droptablex"),
        (") OR (", ")or("),
        ("(a+)+$", "(a+)+$"),
        ("${jndi:x}", "${jndi:x}"),
        ("{{7*7}}", "{{7*7}}"),
        ("<img src=x onerror=x>", "<imgsrc=xonerror=x>"),
        ("ＡＢＣ", "abc"),
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("O'Neil", "oneil"),
        ("𠮷野", "𠮷野"),
    ],
)
def test_a_name_is_taken_literally(text, value):
    term = rules.search_term(text)
    assert (term.by, term.value) == (SearchBy.NAME, value)


@pytest.mark.parametrize("text", ["张三 123X", "张三123x", "张三　１２３Ｘ"])
def test_the_tail_of_an_id_number_goes_with_a_name(text):
    assert rules.search_term(text) == rules.Term(SearchBy.NAME_AND_TAIL, "张三", "123X")


def test_a_tail_behind_a_single_character_is_no_name_with_a_tail():
    assert rules.search_term("张1234").by is SearchBy.NAME


@pytest.mark.parametrize("text", ["138 0013 8000", "+86 13800138000", "138-0013-8000", "１３８００１３８０００"])
def test_a_whole_phone_is_found_however_it_is_typed(text):
    assert rules.search_term(text) == rules.Term(SearchBy.PHONE, "13800138000")


def test_a_whole_id_number_is_found_however_it_is_typed():
    number = an_id_number(7)
    spaced = f"{number[:6]} {number[6:14]} {number[14:].lower()}"
    assert rules.search_term(spaced) == rules.Term(SearchBy.ID_NUMBER, number)


def test_a_mistyped_id_number_is_said_and_not_looked_for():
    number = an_id_number(7)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert code_of(lambda: rules.search_term(wrong)) == "ID_INVALID"


def test_a_member_number_is_checked_by_its_digit():
    number = readable_number("HY", 2026, 41)
    assert rules.search_term(number.lower().replace("-", "")) == rules.Term(SearchBy.MEMBER_NUMBER, number)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert code_of(lambda: rules.search_term(wrong)) == "MEMBER_NUMBER_INVALID"
    assert code_of(lambda: rules.search_term("HY2026-1")) == "MEMBER_NUMBER_INVALID"


# Days

EARLIER = [Span(date(2020, 1, 1), date(2022, 6, 30))]


def test_a_membership_may_begin_on_the_day_on_which_the_last_one_ended():
    rules.require_day_of_admission(date(2022, 6, 30), today=TODAY, earlier=EARLIER)


def test_a_membership_may_not_begin_inside_an_earlier_one():
    day = date(2022, 6, 29)
    assert code_of(lambda: rules.require_day_of_admission(day, today=TODAY, earlier=EARLIER)) == "MEMBERSHIPS_OVERLAP"


def test_a_membership_may_not_begin_before_an_earlier_one_either():
    day = date(2019, 1, 1)
    assert code_of(lambda: rules.require_day_of_admission(day, today=TODAY, earlier=EARLIER)) == "MEMBERSHIPS_OVERLAP"


def test_who_is_a_member_is_not_admitted_again():
    with pytest.raises(Conflict):
        rules.require_day_of_admission(TODAY, today=TODAY, earlier=[Span(date(2026, 3, 1))])


def test_nobody_is_admitted_from_tomorrow_on():
    day = date(2026, 3, 5)
    assert code_of(lambda: rules.require_day_of_admission(day, today=TODAY, earlier=[])) == "DAY_IN_FUTURE"


def test_a_change_counts_from_the_day_of_arrival_at_the_earliest():
    since = date(2026, 3, 1)
    rules.require_day_of_change(since, today=TODAY, since=since)
    assert code_of(lambda: rules.require_day_of_change(date(2026, 2, 28), today=TODAY, since=since)) == "DAY_TOO_EARLY"


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Span(date(2020, 1, 1), date(2021, 1, 1)), Span(date(2021, 1, 1)), False),
        (Span(date(2020, 1, 1), date(2021, 1, 2)), Span(date(2021, 1, 1)), True),
        (Span(date(2020, 1, 1)), Span(date(2025, 1, 1)), True),
        (Span(date(2020, 1, 1), date(2020, 1, 1)), Span(date(2019, 1, 1)), False),
    ],
)
def test_spans_overlap_when_they_share_a_day(one, other, overlap):
    assert one.overlaps(other) is overlap
    assert other.overlaps(one) is overlap


# Family, initials


@pytest.mark.parametrize("relation", list(Relation))
def test_a_kinship_seen_twice_from_the_other_side_is_itself(relation):
    assert rules.inverse(rules.inverse(relation)) is relation


def test_the_child_of_a_parent_is_a_child_and_a_spouse_stays_a_spouse():
    assert rules.inverse(Relation.PARENT) is Relation.CHILD
    assert rules.inverse(Relation.GRANDCHILD) is Relation.GRANDPARENT
    assert rules.inverse(Relation.SPOUSE) is Relation.SPOUSE


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("张三", "张三"),
        ("", ""),
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("ＡＮＮＡ Maria", "annamaria"),
        ("O'Neil-Li", "oneilli"),
        ("张\uf900", "张\u8c48"),
    ],
)
def test_names_are_compared_without_width_case_and_marks(name, key):
    assert rules.name_key(name) == key


def test_a_plain_name_is_already_the_form_in_which_it_is_compared():
    plain = [chr(point) for point in range(0x4E00, 0xA000)]
    assert [unicodedata.normalize("NFKC", letter).casefold() for letter in plain] == plain
    assert rules.name_key("".join(plain)) == "".join(plain)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("张三", "zs"),
        ("单雄信", "sxx"),
        ("曾国藩", "zgf"),
        ("仇英", "qy"),
        ("尉迟恭", "ycg"),
        ("阿依古丽·买买提", "ayglmmt"),
        ("John Smith", "js"),
        ("𠮷", ""),
    ],
)
def test_initials_are_what_a_keyboard_types(name, initials):
    assert initials_of(name) == initials
