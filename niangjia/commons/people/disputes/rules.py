"""What a dispute needs, who must agree, and how much each side may read. Pure."""

from __future__ import annotations

from niangjia.commons.people.disputes.states import CHANGING, Answer, DisputeKind, Outcome
from niangjia.kernel import identifiers
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _

MOST_A_MONTH = 5
"""Disputes that one account may raise in thirty days: enough for any mistake, too few for trying numbers."""

ANSWERS: dict[DisputeKind, dict[Answer, Text]] = {
    DisputeKind.PHONE: {
        Answer.RELEASED: _("这个手机号我不用了"),
        Answer.SAME: _("那也是我，是我重复登记了"),
        Answer.MINE: _("这个手机号是我在用"),
    },
    DisputeKind.ID_NUMBER: {
        Answer.RELEASED: _("我的证件号码登记错了"),
        Answer.SAME: _("那也是我，是我重复登记了"),
        Answer.MINE: _("这个证件号码是我的"),
    },
}


def known_kind(kind: object) -> DisputeKind:
    """Raises RuleBroken DISPUTE_KIND."""
    if not isinstance(kind, str) or kind not in set(DisputeKind):
        raise broken("DISPUTE_KIND", _("请选择是手机号还是证件号码。"), "kind")
    return DisputeKind(kind)


def value(kind: DisputeKind, text: str) -> str:
    """The number as it is kept. Raises RuleBroken (PHONE_FORMAT, ID_INVALID)."""
    return _read(kind, text, "value")


def right_number(text: str, disputed: str) -> str:
    """The holder's own right number, "" when none was given. Raises RuleBroken (ID_INVALID, NOTHING_CHANGES)."""
    if not text.strip():
        return ""
    found = _read(DisputeKind.ID_NUMBER, text, "right_number")
    if found == disputed:
        raise broken("NOTHING_CHANGES", _("这和有争议的号码一样，请填写正确的号码。"), "right_number")
    return found


def person_name(text: str) -> str:
    """The asker's name where nobody knows them yet. Raises RuleBroken NAME."""
    try:
        return identifiers.person_name(text)
    except RuleBroken as error:
        raise RuleBroken(error.code, error.message, fields={"name": [error.message]}) from error


def require_evidence(kind: DisputeKind, *, proven: bool, papers: int) -> None:
    """A phone is proved by the code sent to it, an ID number by a photo. Raises RuleBroken (PHONE_NOT_PROVEN,
    PAPER_NEEDED)."""
    if kind is DisputeKind.PHONE and not proven:
        raise broken("PHONE_NOT_PROVEN", _("请先用短信验证码证明这个手机号在您手里。"), "value")
    if kind is DisputeKind.ID_NUMBER and papers == 0:
        raise broken("PAPER_NEEDED", _("请拍一张能看清姓名和号码的证件照片上传。"), "paper")


def known_answer(answer: object) -> Answer:
    """Raises RuleBroken DISPUTE_ANSWER."""
    if not isinstance(answer, str) or answer not in set(Answer) or answer == Answer.NONE:
        raise broken("DISPUTE_ANSWER", _("请选择一种情况。"), "answer")
    return Answer(answer)


def require_answer_shown(answer: Answer, kind: DisputeKind, *, signs_in_by_it: bool, papers: int, note: str) -> None:
    """Who keeps a number shows why: by signing in with the phone, by a photo, or at least by a word. Raises RuleBroken
    PAPER_NEEDED."""
    if answer is not Answer.MINE:
        return
    if kind is DisputeKind.ID_NUMBER and papers == 0:
        raise broken("PAPER_NEEDED", _("请拍一张能看清姓名和号码的证件照片上传。"), "paper")
    if kind is DisputeKind.PHONE and not (signs_in_by_it or papers or note):
        raise broken("PAPER_NEEDED", _("请写明您怎样在用这个号码，或者上传话费账单、实名信息的照片。"), "note")


def known_outcome(outcome: object, kind: DisputeKind, *, may_join: bool) -> Outcome:
    """Raises RuleBroken DISPUTE_OUTCOME for what does not fit the kind, or for joining with nobody."""
    open_to = {CHANGING[kind], Outcome.REFUSE, *([Outcome.JOIN] if may_join else [])}
    if not isinstance(outcome, str) or outcome not in open_to:
        raise broken("DISPUTE_OUTCOME", _("请选择一种决定。"), "outcome")
    return Outcome(outcome)


def takes_two(outcome: Outcome, *, held: bool, agreed: bool) -> bool:
    """Whether another officer must agree: always, but for a refusal, for a number that stands with nobody (``held``),
    and for one that its holder gave up in just this way (``agreed``)."""
    if outcome is Outcome.REFUSE:
        return False
    return outcome is Outcome.JOIN or (held and not agreed)


def broken(code: str, sentence: Text, field: str) -> RuleBroken:
    """A broken rule beside its field."""
    return RuleBroken(code, sentence, fields={field: [sentence]})


def _read(kind: DisputeKind, text: str, field: str) -> str:
    try:
        return identifiers.mobile_phone(text) if kind is DisputeKind.PHONE else identifiers.resident_id(text).number
    except RuleBroken as error:
        raise RuleBroken(error.code, error.message, fields={field: [error.message]}) from error
