"""Which union takes care of a worker: the employer's own, else the one of the place where they work.

A worker whose employer has no union is taken in by the union of the place (Beijing rules on membership; see
docs/domains).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from niangjia.commons.unions import tree
from niangjia.commons.unions.kinds import TERRITORIAL
from niangjia.commons.unions.models import Employer, Union
from niangjia.kernel import clock
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import _


@dataclass(frozen=True)
class Responsible:
    """The union, and why it is the one."""

    union: Union
    because: Literal["employer", "employer_area", "area"]


def for_worker(*, employer: Employer | None = None, area_code: str = "", day: date | None = None) -> Responsible:
    """The union that answers a worker's application.

    The employer's union if it is open and takes in members, or the nearest above it that does; else the union of the
    employer's place; else that of ``area_code``. Raises RuleBroken NO_RESPONSIBLE_UNION when there is none.
    """
    at = day or clock.today()
    if employer is not None:
        if employer.union is not None and (union := _taking_in(employer.union, at)):
            return Responsible(union, "employer")
        if union := for_area(employer.area_code, at):
            return Responsible(union, "employer_area")
    if union := for_area(area_code, at):
        return Responsible(union, "area")
    sentence = _("没有找到负责的工会，请选择您工作所在的街道或乡镇。")
    raise RuleBroken("NO_RESPONSIBLE_UNION", sentence, fields={"area_code": [sentence]})


def for_area(area_code: str, day: date) -> Union | None:
    """The open territorial union of the smallest area around ``area_code`` (6, 9 or 12 digits), or None."""
    wanted = enclosing(area_code)
    rows = Union.objects.open_on(day).filter(kind__in=TERRITORIAL, area_code__in=wanted)
    found = {union.area_code: union for union in rows}
    return next((found[code] for code in wanted if code in found), None)


def enclosing(area_code: str) -> tuple[str, ...]:
    """The areas around a place, the smallest first: ``110105026`` → ``110105026 110105 110100 110000``."""
    if not (area_code.isascii() and area_code.isdigit() and len(area_code) in (6, 9, 12)):
        return ()
    areas = [area_code[:9]] if len(area_code) > 6 and area_code[6:9] != "000" else []
    areas += [area_code[:6], area_code[:4] + "00", area_code[:2] + "0000"]
    return tuple(dict.fromkeys(areas))


def _taking_in(union: Union, day: date) -> Union | None:
    """``union`` or the nearest above it that is open and takes in members, not higher than a street or town."""
    for candidate in (union, *tree.ancestors(union.pk, day)):
        if candidate.is_open_on(day) and candidate.accepts_members:
            return candidate
    return None
