"""Whose guardian somebody can be, and until when. Pure."""

from __future__ import annotations

from datetime import date

from niangjia.commons.people.guardians.states import GuardianKind
from niangjia.kernel import identifiers
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _

OF_AGE = 18
"""民法典 17: who has completed eighteen years is of age."""


def of_age_on(birth: date) -> date:
    """The day on which somebody comes of age; who was born on 29 February on 1 March of other years."""
    try:
        return birth.replace(year=birth.year + OF_AGE)
    except ValueError:
        return date(birth.year + OF_AGE, 3, 1)


def known_kind(kind: object) -> GuardianKind:
    """Raises RuleBroken GUARDIAN_KIND."""
    if not isinstance(kind, str) or kind not in set(GuardianKind):
        raise broken("GUARDIAN_KIND", _("请选择您和被监护人的关系。"), "kind")
    return GuardianKind(kind)


def identity(name: str, id_number: str) -> tuple[str, identifiers.ResidentId]:
    """Name and number of the ward as they are kept. Raises RuleBroken (NAME, ID_INVALID)."""
    try:
        field = "name"
        said = identifiers.person_name(name)
        field = "id_number"
        return said, identifiers.resident_id(id_number)
    except RuleBroken as error:
        raise RuleBroken(error.code, error.message, fields={field: [error.message]}) from error


def last_day(kind: GuardianKind, birth: date | None, today: date) -> date | None:
    """Before which day the guardianship ends by itself: that of coming of age; None for an adult ward, who has a
    guardian only by appointment. Raises RuleBroken WARD_OF_AGE."""
    if birth is not None and of_age_on(birth) > today:
        return of_age_on(birth)
    if kind is not GuardianKind.APPOINTED:
        raise broken("WARD_OF_AGE", _("已满 18 周岁的人，只有指定监护才能登记。"), "id_number")
    return None


def require_older(guardian: date | None, today: date) -> None:
    """A guardian is of age. Raises RuleBroken GUARDIAN_MINOR."""
    if guardian is not None and of_age_on(guardian) > today:
        raise broken("GUARDIAN_MINOR", _("未满 18 周岁不能做监护人。"), "kind")


def require_paper(count: int) -> None:
    """Raises RuleBroken PAPER_NEEDED."""
    if count == 0:
        raise broken("PAPER_NEEDED", _("请上传出生证明、户口簿或指定监护的文书照片。"), "paper")


def broken(code: str, sentence: Text, field: str) -> RuleBroken:
    """A broken rule beside its field."""
    return RuleBroken(code, sentence, fields={field: [sentence]})
