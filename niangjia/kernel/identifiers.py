"""Identifiers that others give: identity numbers, mobile phones, names, social credit codes.

Every reader takes whatever arrives (JSON may bring a list or null), accepts what people really type, returns the one
form in which we keep it, and raises RuleBroken with a sentence that says what to do. Only ASCII digits count:
``str.isdigit`` would take Arabic ones.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul

from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _

INVENTED_AREA = "19"
"""Invented identity numbers begin with it. GB/T 2260 has no province 19 and never had one."""

INVENTED_PHONE_BLOCK = "154"
"""Invented phones begin with it. No operator was ever given the block 154."""

INVENTED_IDS_PER_DAY_AND_SEX = 10_000 * 500
INVENTED_PHONES = 100_000_000

OLDEST_AGE = 130
NAME_LENGTH = 50

_BOM = "\ufeff"
_BLANKS = " \t\r\n\u3000\u00a0"


class Sex(StrEnum):
    """As the identity number tells it; the old form of the permanent residence number does not."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = ""


class IdForm(StrEnum):
    """Which paper a number is printed on."""

    RESIDENT = "resident"
    RESIDENCE_PERMIT = "residence_permit"
    PERMANENT_RESIDENT = "permanent_resident"
    PERMANENT_RESIDENT_OLD = "permanent_resident_old"


@dataclass(frozen=True)
class ResidentId:
    """A valid number and what it tells. ``region`` holds the area digits, ``warnings`` what a person should check."""

    number: str
    form: IdForm
    birth_date: date
    sex: Sex
    region: str
    warnings: tuple[Text, ...] = ()

    @property
    def invented(self) -> bool:
        return self.form is IdForm.RESIDENT and self.number.startswith(INVENTED_AREA)


def plain_text(value: object, *, longest: int) -> str | None:
    """``value`` with a leading byte order mark gone, full-width forms made ASCII and every kind of blank made a space.

    None when it is no text, is longer than ``longest``, or holds a character that cannot be seen or stored: controls,
    NUL, zero-width characters, direction marks, lone surrogates, private-use code points.
    """
    if not isinstance(value, str) or len(value) > longest:
        return None
    if value.isascii() and value.isprintable():  # most of a roster: nothing to fold, nothing unseen
        return value
    folded = "".join(_fold(character) for character in value.removeprefix(_BOM))
    return None if any(unicodedata.category(character) in _UNSEEN for character in folded) else folded


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def _fold(character: str) -> str:
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    return " " if unicodedata.category(character) == "Zs" else character


def _bare(value: object, *, longest: int) -> str:
    """:func:`plain_text` without blanks around; empty when there is nothing usable."""
    text = value.strip(_BLANKS) if isinstance(value, str) and len(value) <= longest else value
    return (plain_text(text, longest=longest) or "").strip()


# Mobile phones

_PHONE = re.compile(r"(?:(?:\+|00)?86[ -]*)?(1(?:[ -]{0,2}[0-9]){10})")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def mobile_phone(value: object) -> str:
    """The 11 digits of a mainland mobile number, from such as ``+86 138-1234-5678``. Raises RuleBroken PHONE_FORMAT.

    Any block 13 to 19 is accepted: new blocks are given out every year.
    """
    if isinstance(value, str) and _MOBILE.fullmatch(value):  # most of a roster is written as we keep it
        return value
    found = _PHONE.fullmatch(_bare(value, longest=32))
    digits = re.sub(r"[ -]", "", found[1]) if found else ""
    if not _MOBILE.fullmatch(digits):
        raise _broken("PHONE_FORMAT", _("请输入 11 位手机号，例如 138 1234 5678。"), "phone")
    return digits


def is_invented_phone(phone: str) -> bool:
    return phone.startswith(INVENTED_PHONE_BLOCK)


def invented_phone(serial: int) -> str:
    """The phone of the invented person ``serial`` (0 to 99,999,999): a number that no operator can give out."""
    if not 0 <= serial < INVENTED_PHONES:
        raise ValueError(f"no invented phone {serial}")
    return f"{INVENTED_PHONE_BLOCK}{serial:08d}"


# Identity numbers

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZERO, _ALL_WEIGHTS = ord("0"), sum(_WEIGHTS)
_CHECK = "10X98765432"
_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")
_OLD_NUMBER = re.compile(r"[A-Z]{3}[0-9]{12}")
_SEPARATORS = re.compile(r"[ -]")
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_PERMITS = ("81", "82", "83")

_UNKNOWN_REGION = _("证件号码开头的地区我们不认识，请再核对一遍。号码没有错就可以继续。")
_SEX_NOT_TOLD = _("旧版永久居留证号码不含性别，请核对填写的性别。")


def id_check_character(body: str) -> str:
    """The last character of an identity number with the 17 digits ``body`` (GB 11643, MOD 11-2)."""
    total = sum(map(mul, body.encode("ascii"), _WEIGHTS)) - _ZERO * _ALL_WEIGHTS
    return _CHECK[total % 11]


def resident_id(value: object, *, today: date | None = None) -> ResidentId:
    """Read the number of an identity card (GB 11643), a residence permit of people from Hong Kong, Macau or Taiwan
    (81, 82, 83), or a permanent residence card of a foreigner (begins with 9; or the form before 2023, 3 letters and
    12 digits).

    Spaces, full-width forms and a small x are accepted. An unknown area is only a warning, because areas come and go.
    ``today`` spares who reads many the look at the clock. Raises RuleBroken ID_INVALID for a wrong shape, check
    character or birth date.
    """
    is_plain = isinstance(value, str) and _NUMBER.fullmatch(value)  # most of a list is written as we keep it
    number = str(value) if is_plain else _SEPARATORS.sub("", _bare(value, longest=64)).upper()
    if not is_plain and _OLD_NUMBER.fullmatch(number):
        return _old_permanent_resident(number)
    if not _NUMBER.fullmatch(number) or id_check_character(number[:17]) != number[17]:
        raise _invalid_id()
    birth = _birth_date(number[6:10], number[10:12], number[12:14], today)
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return ResidentId(number, _form_of(number), birth, sex, number[:6], _region_warnings(number))


def resident_number(value: object, *, today: date) -> str:
    """The ``number`` of :func:`resident_id` and nothing else of it, for who reads many. Raises as it does.

    A number is weighed by its parts: areas and birth dates come again and again in a list.
    """
    if not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return resident_id(value, today=today).number
    total = _weighed(value[:6], 0) + _weighed(value[6:14], 6) + _weighed(value[14:17], 14)
    if _CHECK[total % 11] != value[17]:
        raise _invalid_id()
    _require_birth_date(value[6:14], today)
    return value


@lru_cache(maxsize=65_536)
def _weighed(digits: str, place: int) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS[place:], strict=False))


@lru_cache(maxsize=65_536)
def _require_birth_date(digits: str, today: date) -> None:
    _birth_date(digits[:4], digits[4:6], digits[6:], today)


def _form_of(number: str) -> IdForm:
    if number.startswith("9"):
        return IdForm.PERMANENT_RESIDENT
    return IdForm.RESIDENCE_PERMIT if number.startswith(_PERMITS) else IdForm.RESIDENT


def _region_warnings(number: str) -> tuple[Text, ...]:
    """A foreigner's number carries the province that accepted it behind the 9."""
    province = number[1:3] if number.startswith("9") else number[:2]
    known = _PROVINCES.fullmatch(province) or number.startswith(INVENTED_AREA)
    return () if known else (_UNKNOWN_REGION,)


def _old_permanent_resident(number: str) -> ResidentId:
    """Nationality (3 letters), accepting area (4), birth as YYMMDD, serial, check; the check's rule is not public."""
    short = int(number[7:9])
    century = 2000 if 2000 + short <= clock.today().year else 1900
    birth = _birth_date(str(century + short), number[9:11], number[11:13])
    warnings = (_SEX_NOT_TOLD,)
    return ResidentId(number, IdForm.PERMANENT_RESIDENT_OLD, birth, Sex.UNKNOWN, number[3:7], warnings)


def _birth_date(year: str, month: str, day: str, today: date | None = None) -> date:
    try:
        birth = date(int(year), int(month), int(day))
    except ValueError:
        raise _invalid_id() from None
    today = today or clock.today()
    if birth > today or age_on(birth, today) > OLDEST_AGE:
        raise _invalid_id()
    return birth


def _invalid_id() -> RuleBroken:
    return _broken("ID_INVALID", _("证件号码有误，请照证件核对 18 位号码，最后一位可能是字母 X。"), "id_number")


def age_on(birth: date, day: date) -> int:
    """Completed years on ``day``; who was born on 29 February turns a year older on 1 March of other years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def invented_resident_id(serial: int, birth: date, sex: Sex | str) -> str:
    """A valid number of nobody, different for each ``serial`` (0 to 4,999,999) of one birth date and sex."""
    if not 0 <= serial < INVENTED_IDS_PER_DAY_AND_SEX or sex not in (Sex.MALE, Sex.FEMALE):
        raise ValueError(f"no invented identity number {serial} {sex!r}")
    area, order = divmod(serial, 500)
    body = f"{INVENTED_AREA}{area:04d}{birth:%Y%m%d}{order * 2 + (sex == Sex.MALE):03d}"
    return body + id_check_character(body)


# Names

_DOTS = str.maketrans(dict.fromkeys("\u2022\u2027\u2219\u30fb\uff65\u22c5\u25cf\u2024\u16eb", "·"))
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fffd\U00030000-\U0003fffd"
_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_WORD = rf"[{_HAN}{_LATIN}]+\.?"
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fff]{1,20}")
_NAME = re.compile(rf"{_WORD}(?:(?:[·'-]|[ ]){_WORD})*")
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_POINT_IN_NAME = re.compile(rf"(?<=[{_HAN}])\.(?=[{_HAN}])")


def person_name(value: object) -> str:
    """A person's name as we keep it: NFC, one kind of middle dot, no blanks between Chinese characters.

    1 to 50 characters, Chinese (all planes) or Latin letters with ``·``, ``'``, ``-``, ``.`` or a space inside. Raises
    RuleBroken NAME; a private-use character has its own sentence, because such names need the rare-character form.
    """
    if isinstance(value, str) and _PLAIN_NAME.fullmatch(value):  # most of a roster is written as we keep it
        return value
    if isinstance(value, str) and any(unicodedata.category(character) == "Co" for character in value[:1000]):
        raise _broken("NAME", _("姓名里有电脑显示不了的字。请先用读音相同的字代替，再请工会登记生僻字。"), "name")
    text = plain_text(value, longest=1000)
    name = _tidy(text) if text else ""
    if not name:
        raise _broken("NAME", _("请填写姓名。"), "name")
    if len(name) > NAME_LENGTH:
        raise _broken("NAME", _("姓名最多 {most} 个字。", most=NAME_LENGTH), "name")
    if not _NAME.fullmatch(name):
        raise _broken("NAME", _("姓名只能用汉字或字母，民族姓名中间用“·”。请照证件填写。"), "name")
    return name


def _tidy(text: str) -> str:
    name = unicodedata.normalize("NFC", " ".join(text.split())).translate(_DOTS)
    name = re.sub(r" ?· ?", "·", _BETWEEN_HAN.sub("", name))
    return _POINT_IN_NAME.sub("·", name).replace("’", "'")


# Social credit codes

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC = re.compile(rf"[1-9ANY][{_USCC_ALPHABET}][0-9]{{6}}[{_USCC_ALPHABET}]{{10}}")


def uscc_check_character(body: str) -> str:
    """The last character of a social credit code with the 17 characters ``body`` (GB 32100, mod 31)."""
    total = sum(_USCC_ALPHABET.index(character) * weight for character, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % 31]


def uscc(value: object) -> str:
    """A unified social credit code of 18 characters, in capitals (GB 32100). Raises RuleBroken USCC_INVALID."""
    code = _SEPARATORS.sub("", _bare(value, longest=64)).upper()
    if not _USCC.fullmatch(code) or uscc_check_character(code[:17]) != code[17]:
        sentence = _("统一社会信用代码有误，请照营业执照核对 18 位代码（没有字母 I、O、S、V、Z）。")
        raise _broken("USCC_INVALID", sentence, "uscc")
    return code


def _broken(code: str, sentence: Text, field: str) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
