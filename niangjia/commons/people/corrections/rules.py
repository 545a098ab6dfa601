"""What a corrected value must look like, and how it is shown. Pure."""

from __future__ import annotations

from niangjia.commons.people.categories import CATEGORY_LABELS, WorkerCategory
from niangjia.commons.people.corrections.states import BY_OFFICERS, KIND_LABELS, NEEDS_PAPER, CorrectionKind
from niangjia.kernel import identifiers
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _

LONGEST_EMPLOYER = 100


def known_kind(kind: object) -> CorrectionKind:
    """Raises RuleBroken CORRECTION_KIND."""
    if not isinstance(kind, str) or kind not in set(CorrectionKind):
        raise _broken("CORRECTION_KIND", _("请选择要更正的信息。"), "kind")
    return CorrectionKind(kind)


def wished(kind: CorrectionKind, value: str) -> str:
    """The value as it is kept. Raises RuleBroken (NAME, ID_INVALID, PHONE_FORMAT, CATEGORY, EMPLOYER)."""
    try:
        return _NORMALISED[kind](value)
    except RuleBroken as error:
        raise RuleBroken(error.code, error.message, fields={"wished": [error.message]}) from error


def require_change(kind: CorrectionKind, before: str, after: str) -> None:
    """Raises RuleBroken NOTHING_CHANGES."""
    if before == after:
        text = _("填写的{fact}和现在登记的一样，不用更正。", fact=KIND_LABELS[kind])
        raise _broken("NOTHING_CHANGES", text, "wished")


def require_paper(kind: CorrectionKind, count: int) -> None:
    """Name and number are identity: a paper must show them. Raises RuleBroken PAPER_NEEDED."""
    if kind in NEEDS_PAPER and count == 0:
        raise _broken("PAPER_NEEDED", _("请拍一张能看清姓名和号码的证件照片上传。"), "paper")


def require_officers_kind(kind: CorrectionKind) -> None:
    """An officer proposes only facts of identity; others they change at once. Raises RuleBroken CORRECTION_KIND."""
    if kind not in BY_OFFICERS:
        raise _broken("CORRECTION_KIND", _("请选择要更正的信息。"), "kind")


def require_evidence(count: int) -> None:
    """What an officer proposes is shown by a paper, whatever it is. Raises RuleBroken PAPER_NEEDED."""
    if count == 0:
        raise _broken("PAPER_NEEDED", _("请把本人出示的证件拍照上传。"), "paper")


def require_proven(kind: CorrectionKind, *, proven: bool) -> None:
    """A phone is corrected only after the code sent to it was typed. Raises RuleBroken PHONE_NOT_PROVEN."""
    if kind is CorrectionKind.PHONE and not proven:
        raise _broken("PHONE_NOT_PROVEN", _("请先用短信验证码验证新手机号。"), "wished")


def spoken(kind: str, value: str) -> str:
    """The value in words."""
    if kind == CorrectionKind.CATEGORY and value in set(WorkerCategory):
        return str(CATEGORY_LABELS[WorkerCategory(value)])
    return value or str(_("未填写"))


def masked(kind: str, value: str) -> str:
    """The value as staff see it: numbers with stars that leave what is needed to compare them."""
    if kind == CorrectionKind.ID_NUMBER:
        return _starred(value, 6, 4)
    if kind == CorrectionKind.PHONE:
        return _starred(value, 3, 4)
    return spoken(kind, value)


def _starred(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    return text[:head] + "*" * hidden + text[-tail:] if hidden * 3 >= len(text) else "*" * len(text)


def _category(value: str) -> str:
    if value not in set(WorkerCategory):
        raise _broken("CATEGORY", _("请选择职业类别。"), "wished")
    return value


def _employer(value: str) -> str:
    name = " ".join(value.split())
    if not 2 <= len(name) <= LONGEST_EMPLOYER or not name.isprintable():
        raise _broken("EMPLOYER", _("请填写单位或平台的名称，2 到 100 个字。"), "wished")
    return name


def _id_number(value: str) -> str:
    return identifiers.resident_id(value).number


_NORMALISED = {
    CorrectionKind.NAME: identifiers.person_name,
    CorrectionKind.ID_NUMBER: _id_number,
    CorrectionKind.PHONE: identifiers.mobile_phone,
    CorrectionKind.CATEGORY: _category,
    CorrectionKind.EMPLOYER: _employer,
}


def _broken(code: str, sentence: Text, field: str) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
