"""Inputs A01–A26, B01–B28, B35–B46 and B55–B57 of the catalogue of bad inputs, and the properties behind them."""

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from niangjia.kernel import clock, identifiers
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import IdForm, Sex, mobile_phone, person_name, resident_id, resident_number, uscc

ZERO_WIDTH_SPACE, ZERO_WIDTH_JOINER = "\u200b", "\u200d"
RTL_MARK, RTL_OVERRIDE = "\u200f", "\u202e"
BOM, NUL, LONE_SURROGATE, PRIVATE_USE = "\ufeff", "\0", "\ud800", "\ue001"
ARABIC_DIGITS = "".join(chr(0x660 + int(digit)) for digit in "13812345678")
THE_DAY = date(2026, 3, 4)


@pytest.fixture(autouse=True)
def _a_fixed_day():
    with clock.travelling(THE_DAY):
        yield


def wide(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


def number(body: str) -> str:
    return body + identifiers.id_check_character(body)


def refusal(reader, value) -> RuleBroken:
    with pytest.raises(RuleBroken) as caught:
        reader(value)
    return caught.value


PHONE_REFUSED = {
    "A01 empty": "",
    "A02 blanks": "   ",
    "A03 ten digits": "1381234567",
    "A04 twelve digits": "138123456789",
    "A05 begins with 2": "23812345678",
    "A06 begins with 12": "12345678901",
    "A07 a letter": "1381234567a",
    "A08 landline": "010-62345678",
    "A09 hotline": "12351",
    "A10 Arabic digits": ARABIC_DIGITS,
    "A11 exponent": "1.38e10",
    "A12 negative": "-13812345678",
    "A13 zero-width joiner inside": f"1381234{ZERO_WIDTH_JOINER}5678",
    "A14 direction mark": f"13812345678{RTL_MARK}",
    "A15 NUL": f"13812345678{NUL}",
    "A16 lone surrogate": LONE_SURROGATE,
    "A17 5,000 characters": "1" * 5000,
    "A18 two phones": ["13812345678", "13912345678"],
    "A19 an object": {"$ne": None},
    "A20 null": None,
    "a number": 13812345678,
    "true": True,
    "superscripts": "¹³⁸¹²³⁴⁵⁶⁷⁸",
    "circled digits": "①③⑧①②③④⑤⑥⑦⑧",
    "another country": "+1 138 1234 5678",
    "two BOMs": f"{BOM}{BOM}13812345678",
}

PHONE_ACCEPTED = {
    "A21 country code": ("+8613812345678", "13812345678"),
    "A22 trunk prefix and blanks": ("0086 138 1234 5678", "13812345678"),
    "A23 dashes": ("138-1234-5678", "13812345678"),
    "A24 full-width": (wide("13812345678"), "13812345678"),
    "A25 byte order mark": (f"{BOM}13812345678", "13812345678"),
    "A26 virtual operator": ("17012345678", "17012345678"),
    "full-width plus and blanks": (wide("+86") + "\u3000138\u30001234\u30005678", "13812345678"),
    "pasted from a cell": ("\t13812345678\r\n", "13812345678"),
    "no-break spaces": ("138\u00a01234\u00a05678", "13812345678"),
    "country code alone": ("8613812345678", "13812345678"),
}


@pytest.mark.parametrize("value", PHONE_REFUSED.values(), ids=PHONE_REFUSED)
def test_what_is_no_mobile_phone_is_refused_with_a_sentence(value):
    error = refusal(mobile_phone, value)
    assert (error.code, error.status) == ("PHONE_FORMAT", 422)
    assert "11 位手机号" in str(error.fields["phone"][0])


@pytest.mark.parametrize(("value", "kept"), PHONE_ACCEPTED.values(), ids=PHONE_ACCEPTED)
def test_a_phone_as_people_type_it_is_kept_in_one_form(value, kept):
    assert mobile_phone(value) == kept


GOOD = number("11010119900307123")
ID_REFUSED = {
    "B01 17 digits": GOOD[:17],
    "B02 19 digits": GOOD + "0",
    "B03 wrong check digit": GOOD[:17] + str((int(GOOD[17]) + 1) % 10 if GOOD[17] != "X" else 0),
    "B04 check letter A": GOOD[:17] + "A",
    "B05 month 13": number("11010119901307123"),
    "B06 31 April": number("11010119900431123"),
    "B07 29 February 1900": number("11010119000229123"),
    "B08 born tomorrow": number(f"110101{THE_DAY + timedelta(days=1):%Y%m%d}123"),
    "B09 area 000000": number("00000019900307123"),
    "B10 all zeros": "0" * 18,
    "B11 old number of 15 digits": "110101900307123",
    "B12 passport": "E12345678",
    "B13 letters inside": "1101011990O307123X",
    "B14 NUL": f"{GOOD[:9]}{NUL}{GOOD[9:]}",
    "B15 2,000 characters": GOOD * 112,
    "empty": "",
    "null": None,
    "a number": int("11010119900307123"),
    "a list": [GOOD],
    "Arabic digits": "".join(chr(0x660 + int(digit)) if digit.isdigit() else digit for digit in GOOD),
    "zero-width space inside": f"{GOOD[:6]}{ZERO_WIDTH_SPACE}{GOOD[6:]}",
    "direction override": f"{RTL_OVERRIDE}{GOOD}",
    "lone surrogate": f"{GOOD[:17]}{LONE_SURROGATE}",
    "born 1890": number("11010118900307123"),
    "month 00": number("11010119900007123"),
    "old foreign form with month 13": "CAN110190130711",
    "old foreign form too short": "CAN11019003071",
    "Cyrillic X": GOOD[:17] + "Х",
    "after Excel": "1.10101E+17",
}


@pytest.mark.parametrize("value", ID_REFUSED.values(), ids=ID_REFUSED)
def test_what_is_no_identity_number_is_refused_with_a_sentence(value):
    error = refusal(resident_id, value)
    assert (error.code, error.status) == ("ID_INVALID", 422)
    assert "证件号码有误" in str(error.fields["id_number"][0])


WITH_X = next(text for text in (number(f"110101199003071{serial:02d}") for serial in range(99)) if text.endswith("X"))

ID_ACCEPTED = {
    "B16 small x": (WITH_X.lower(), WITH_X, IdForm.RESIDENT),
    "B17 full-width": (wide(GOOD), GOOD, IdForm.RESIDENT),
    "B18 blanks inside": (f" {GOOD[:6]} {GOOD[6:14]}\u3000{GOOD[14:]} ", GOOD, IdForm.RESIDENT),
    "B19 29 February 2000": (number("11010120000229123"), number("11010120000229123"), IdForm.RESIDENT),
    "B20 from Hong Kong": (number("81000019900307123"), number("81000019900307123"), IdForm.RESIDENCE_PERMIT),
    "B21 from Macau": (number("82000019900307123"), number("82000019900307123"), IdForm.RESIDENCE_PERMIT),
    "B22 from Taiwan": (number("83000019900307123"), number("83000019900307123"), IdForm.RESIDENCE_PERMIT),
    "B23 permanent resident": (number("91112419900307123"), number("91112419900307123"), IdForm.PERMANENT_RESIDENT),
    "B24 its old form": ("can 1101 900307 11", "CAN110190030711", IdForm.PERMANENT_RESIDENT_OLD),
    "born today": (number(f"110101{THE_DAY:%Y%m%d}123"), number(f"110101{THE_DAY:%Y%m%d}123"), IdForm.RESIDENT),
}


@pytest.mark.parametrize(("value", "kept", "form"), ID_ACCEPTED.values(), ids=ID_ACCEPTED)
def test_an_identity_number_as_people_type_it_is_kept_in_one_form(value, kept, form):
    found = resident_id(value)
    assert (found.number, found.form) == (kept, form)


def test_a_number_tells_birth_sex_and_area():
    found = resident_id(GOOD)
    assert (found.birth_date, found.sex, found.region, found.warnings) == (date(1990, 3, 7), Sex.MALE, "110101", ())
    assert resident_id(number("11010119900307124")).sex is Sex.FEMALE


def test_the_example_of_the_standard_has_the_check_character_x():
    assert identifiers.id_check_character("11010519491231002") == "X"


def test_an_area_that_we_do_not_know_is_only_a_warning():
    found = resident_id(number("47010119900307123"))
    assert found.number.startswith("47")
    assert "地区" in str(found.warnings[0])
    assert resident_id(number("94712419900307123")).warnings


def test_the_old_form_for_foreigners_tells_no_sex_and_finds_the_century():
    found = resident_id("CAN110190030711")
    assert (found.birth_date, found.sex) == (date(1990, 3, 7), Sex.UNKNOWN)
    assert found.warnings
    assert resident_id("CAN110110030711").birth_date == date(2010, 3, 7)


def test_somebody_aged_61_has_a_valid_number():
    """B28: joining has no upper age; the rule of 16 to 60 belongs to the gift cover."""
    found = resident_id(number("11010119650301123"))
    assert identifiers.age_on(found.birth_date, THE_DAY) == 61


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2010, 3, 4), date(2026, 3, 3), 15),
        (date(2010, 3, 4), date(2026, 3, 4), 16),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2026, 3, 4), date(2026, 3, 4), 0),
    ],
)
def test_age_is_in_completed_years(birth, day, age):
    assert identifiers.age_on(birth, day) == age


births = st.dates(date(1900, 1, 1), THE_DAY)


def outcome(reader, value):
    """The number that comes of it, or how it is refused."""
    try:
        return reader(value)
    except RuleBroken as refused:
        return (refused.code, refused.fields)


@pytest.mark.parametrize("value", [value for value, *_kept in ID_ACCEPTED.values()] + list(ID_REFUSED.values()))
def test_who_reads_many_numbers_gets_what_who_reads_one_gets(value):
    one = outcome(lambda text: resident_id(text).number, value)
    assert outcome(lambda text: resident_number(text, today=THE_DAY), value) == one


@given(
    body=st.one_of(
        st.builds(lambda day, order: f"110101{day:%Y%m%d}{order:03d}", st.dates(), st.integers(0, 999)),
        st.from_regex("[1-9][0-9]{16}", fullmatch=True),
    ),
    last=st.sampled_from("0123456789Xx"),
    right=st.booleans(),
)
def test_many_numbers_are_refused_for_the_same_reasons(body, last, right):
    value = number(body) if right else body + last
    one = outcome(lambda text: resident_id(text, today=THE_DAY).number, value)
    assert outcome(lambda text: resident_number(text, today=THE_DAY), value) == one


@given(area=st.integers(100000, 899999), birth=births, order=st.integers(0, 999))
def test_every_number_with_its_check_character_is_read_back(area, birth, order):
    with clock.travelling(THE_DAY):
        found = resident_id(number(f"{area}{birth:%Y%m%d}{order:03d}"))
    assert (found.region, found.birth_date, found.sex) == (str(area), birth, Sex.MALE if order % 2 else Sex.FEMALE)


@given(birth=births, order=st.integers(0, 999), position=st.integers(0, 16), digit=st.sampled_from("0123456789"))
def test_any_one_wrong_digit_is_found(birth, order, position, digit):
    right = number(f"110101{birth:%Y%m%d}{order:03d}")
    assume(right[position] != digit)
    with clock.travelling(THE_DAY):
        assert refusal(resident_id, right[:position] + digit + right[position + 1 :]).code == "ID_INVALID"


@given(birth=births, order=st.integers(0, 999), position=st.integers(0, 15))
def test_any_swap_of_neighbours_is_found(birth, order, position):
    right = number(f"110101{birth:%Y%m%d}{order:03d}")
    assume(right[position] != right[position + 1])
    swapped = right[:position] + right[position + 1] + right[position] + right[position + 2 :]
    with clock.travelling(THE_DAY):
        assert refusal(resident_id, swapped).code == "ID_INVALID"


NAME_REFUSED = {
    "B35 empty": "",
    "B36 51 characters": "张" * 51,
    "B37 a digit": "张3",
    "B38 a script": "<script>alert(1)</script>",
    "B39 emoji": "张😀",
    "B40 zero-width space only": ZERO_WIDTH_SPACE,
    "B41 direction override": f"张{RTL_OVERRIDE}三",
    "B42 NUL": f"张{NUL}三",
    "B43 lone surrogate": f"张{LONE_SURROGATE}",
    "B44 a formula": "=1+1",
    "B45 line break": "张\n三",
    "B45 line break behind": "张三\n",
    "B46 private-use character": f"张{PRIVATE_USE}",
    "null": None,
    "a list": ["张三"],
    "5,000 characters": "张" * 5000,
    "a dot only": "·",
    "a dot behind": "阿依古丽·",
    "Cyrillic": "Иванов",
    "Arabic letters": "محمد",
    "tag characters": "张三\U000e0041",
    "line separator": "张\u2028三",
}

NAME_ACCEPTED = {
    "plain": ("张三", "张三"),
    "B25 middle dot": ("阿依古丽·买买提", "阿依古丽·买买提"),
    "B26 bullet": ("阿依古丽•买买提", "阿依古丽·买买提"),
    "B26 full-width point": ("阿依古丽．买买提", "阿依古丽·买买提"),
    "ASCII point": ("阿依古丽.买买提", "阿依古丽·买买提"),
    "katakana dot": ("阿依古丽・买买提", "阿依古丽·买买提"),
    "blanks around the dot": ("阿依古丽 · 买买提", "阿依古丽·买买提"),
    "B27 rare character": ("𠮷", "𠮷"),
    "a plane newer than Python's tables": ("张\U000313a0", "张\U000313a0"),
    "zero as a character": ("张〇", "张〇"),
    "set in columns": ("张\u3000三", "张三"),
    "byte order mark": (f"{BOM}张三", "张三"),
    "blanks around": ("  张三 ", "张三"),
    "foreign": ("ANNE-MARIE O'BRIEN", "ANNE-MARIE O'BRIEN"),
    "foreign, full-width, two blanks": (wide("Anna") + "  " + wide("Smith"), "Anna Smith"),
    "initials": ("J. R. Smith", "J. R. Smith"),
    "composed": ("Jose\u0301", "José"),
    "50 characters": ("张" * 50, "张" * 50),
}


@pytest.mark.parametrize("value", NAME_REFUSED.values(), ids=NAME_REFUSED)
def test_what_is_no_name_is_refused_with_a_sentence(value):
    error = refusal(person_name, value)
    assert (error.code, error.status) == ("NAME", 422)
    assert str(error.fields["name"][0])


def test_a_private_use_character_is_told_the_way_out():
    assert "生僻字" in str(refusal(person_name, f"张{PRIVATE_USE}").message)


@pytest.mark.parametrize(("value", "kept"), NAME_ACCEPTED.values(), ids=NAME_ACCEPTED)
def test_a_name_as_people_write_it_is_kept_in_one_form(value, kept):
    assert person_name(value) == kept
    assert person_name(kept) == kept


@given(st.text(max_size=60))
def test_whatever_name_is_accepted_can_be_stored_shown_and_read_again(text):
    try:
        name = person_name(text)
    except RuleBroken:
        return
    assert 1 <= len(name) <= 50
    assert name.encode()
    assert not set(name) & set("<>=+@\0\n0123456789")
    assert person_name(name) == name


def uscc_of(body: str) -> str:
    return body + identifiers.uscc_check_character(body)


RIGHT_CODE = uscc_of("91110108MA01ABCD5")
USCC_REFUSED = {
    "B55 17 characters": RIGHT_CODE[:17],
    "B57 wrong check": RIGHT_CODE[:17] + ("0" if RIGHT_CODE[17] != "0" else "1"),
    "empty": "",
    "null": None,
    "zero-width": f"{RIGHT_CODE}{ZERO_WIDTH_SPACE}",
    "starts with 0": uscc_of("01110108MA01ABCD5"),
    **{f"B56 with {letter}": f"91110108MA01AB{letter}D5" + "0" for letter in "IOSVZ"},
}


@pytest.mark.parametrize("value", USCC_REFUSED.values(), ids=USCC_REFUSED)
def test_what_is_no_credit_code_is_refused(value):
    assert refusal(uscc, value).code == "USCC_INVALID"


def test_credit_codes_with_check_zero_and_with_letters_for_the_department_are_valid():
    """Remainder 0 and the departments A, N, Y are where naive readers fail."""
    assert uscc("81110114H68QAKGT80") == "81110114H68QAKGT80"
    village = uscc_of("N2110108MF0123456")
    assert uscc(village.lower()) == village
    assert uscc(wide(RIGHT_CODE)) == RIGHT_CODE


@given(
    body=st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9),
    position=st.integers(8, 16),
    other=st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"),
)
def test_any_one_wrong_character_of_a_credit_code_is_found(body, position, other):
    right = uscc_of("91110108" + body)
    assert uscc(right) == right
    assume(right[position] != other)
    assert refusal(uscc, right[:position] + other + right[position + 1 :]).code == "USCC_INVALID"


@given(serial=st.integers(0, 4_999_999), birth=births, sex=st.sampled_from([Sex.MALE, Sex.FEMALE]))
def test_invented_numbers_are_valid_and_known_as_invented(serial, birth, sex):
    with clock.travelling(THE_DAY):
        found = resident_id(identifiers.invented_resident_id(serial, birth, sex))
    assert (found.birth_date, found.sex, found.warnings, found.invented) == (birth, sex, (), True)


def test_invented_numbers_of_one_birthday_are_all_different():
    day = date(1990, 3, 7)
    made = {identifiers.invented_resident_id(serial, day, sex) for serial in range(5000) for sex in ("male", "female")}
    assert len(made) == 10_000
    assert not resident_id(GOOD).invented


def test_invented_phones_are_valid_and_known_as_invented():
    phones = [identifiers.invented_phone(serial) for serial in (0, 1, 99_999_999)]
    assert phones == ["15400000000", "15400000001", "15499999999"]
    assert all(mobile_phone(phone) == phone and identifiers.is_invented_phone(phone) for phone in phones)
    assert not identifiers.is_invented_phone("13812345678")


@pytest.mark.parametrize("serial", [-1, 100_000_000])
def test_invented_phones_end_somewhere(serial):
    with pytest.raises(ValueError, match="no invented phone"):
        identifiers.invented_phone(serial)


@pytest.mark.parametrize(("serial", "sex"), [(-1, "male"), (5_000_000, "male"), (0, "")])
def test_invented_numbers_end_somewhere(serial, sex):
    with pytest.raises(ValueError, match="no invented identity number"):
        identifiers.invented_resident_id(serial, date(1990, 3, 7), sex)


@pytest.mark.parametrize("reader", [mobile_phone, resident_id, person_name, uscc])
@given(text=st.text(max_size=40))
def test_no_text_breaks_a_reader(reader, text):
    with clock.travelling(THE_DAY), contextlib.suppress(RuleBroken):
        assert reader(text)
