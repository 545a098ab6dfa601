"""Who may join, which union answers, how far up a review goes, and what an ID number that is already known means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from niangjia.kernel import identifiers
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import age_on
from niangjia.kernel.text import _


def require_working_age(birth: date, day: date, minimum: int) -> None:
    """Workers join from ``minimum`` completed years on; there is no upper limit. Raises RuleBroken AGE_UNDER_16."""
    if age_on(birth, day) < minimum:
        sentence = _("年满 {minimum} 周岁才能加入工会。", minimum=minimum)
        raise RuleBroken("AGE_UNDER_16", sentence, fields={"id_number": [sentence]})


def employer_code(text: str) -> str:
    """The employer's social credit code as it is kept; "" when none was given. Raises RuleBroken USCC_INVALID."""
    if not text.strip():
        return ""
    try:
        return identifiers.uscc(text)
    except RuleBroken as error:
        raise RuleBroken(error.code, error.message, fields={"employer_code": [error.message]}) from error


class Identity(StrEnum):
    """What is known about the number that an applicant gave."""

    FREE = "free"
    OWN = "own"
    CLAIMABLE = "claimable"
    MEMBER = "member"
    CHECK = "check"


@dataclass(frozen=True)
class IdentityFacts:
    """``known``: a person holds this ID number. The rest compares that person with the applicant.

    ``phone_taken``: the applicant's proven phone stands with a different person. ``pending_elsewhere``: somebody
    else's open application carries the same number.
    """

    known: bool = False
    is_self: bool = False
    same_name: bool = False
    same_phone: bool = False
    has_user: bool = False
    is_member: bool = False
    phone_taken: bool = False
    pending_elsewhere: bool = False


def judge_identity(facts: IdentityFacts) -> Identity:
    """Membership is told only to who knows both name and number; every other doubt is checked by a person."""
    if facts.known and facts.same_name and facts.is_member:
        return Identity.MEMBER
    if facts.phone_taken or facts.pending_elsewhere:
        return Identity.CHECK
    if not facts.known:
        return Identity.FREE
    if facts.is_self and facts.same_name:
        return Identity.OWN
    if facts.same_name and facts.same_phone and not facts.has_user:
        return Identity.CLAIMABLE
    return Identity.CHECK


@dataclass(frozen=True)
class Candidate:
    """A union that could answer: the employer's, or the street's."""

    union_id: int
    accepts_members: bool
    is_open: bool


def responsible_union(employer: Candidate | None, street: Candidate | None, stall: Candidate | None = None) -> int:
    """The employer's union if it takes members, else that of the stall, if it serves the applicant, else the street's.

    Raises RuleBroken NO_UNION_FITS.
    """
    for candidate in (employer, stall, street):
        if candidate is not None and candidate.accepts_members and candidate.is_open:
            return candidate.union_id
    sentence = _("请选择您工作所在的街道或乡镇。")
    raise RuleBroken("NO_UNION_FITS", sentence, fields={"street": [sentence]})


STREET_LEVEL = ("street", "town")


def next_reviewer(chain: Sequence[str], responsible_kind: str, ancestors: Sequence[tuple[int, str]]) -> int | None:
    """The union above that must review after the responsible one, or None when its answer is final.

    ``chain`` is the federation's setting, such as ``["grassroots", "street"]``; ``ancestors`` are (id, kind) from the
    nearest up. A street's own application, or one with no street above, ends where it is.
    """
    if "street" not in chain or responsible_kind in STREET_LEVEL:
        return None
    return next((union_id for union_id, kind in ancestors if kind in STREET_LEVEL), None)


def age_band(age: int) -> str:
    """The band in which figures count a person: under_25, 25_34, 35_44, 45_54, 55_plus."""
    for limit, band in ((25, "under_25"), (35, "25_34"), (45, "35_44"), (55, "45_54")):
        if age < limit:
            return band
    return "55_plus"
