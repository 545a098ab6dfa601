"""Which running stall an applicant came from, and whether its union is the one that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.commons.unions import tree
from niangjia.commons.unions.kinds import TERRITORIAL, UnionKind
from niangjia.commons.unions.models import Employer, Union
from niangjia.kernel import clock
from niangjia.kernel.text import Text, _
from niangjia.services.joining.stalls import rules
from niangjia.services.joining.stalls.models import Stall

if TYPE_CHECKING:
    from niangjia.services.joining.intake import Answers


def running(public_id: str) -> Stall | None:
    """The stall with this public id if people can still join there."""
    if not public_id:
        return None
    found: Stall | None = Stall.objects.running(clock.now()).with_unions().filter(public_id=public_id).first()
    return found


def union_serving(stall: Stall | None, street: Union) -> Union | None:
    """The stall's union if it takes somebody who works in ``street`` and has no employer's union."""
    if stall is None:
        return None
    around = tree.nearest_of_kind(stall.union_id, TERRITORIAL)
    works_here = around is not None and tree.is_below(street.pk, around.pk)
    fits = rules.serves(stall.union.kind, works_here=works_here, is_street=stall.union_id == street.pk)
    return stall.union if fits else None


def first_answers(stall: Stall | None, given: Answers) -> dict[str, str]:
    """What the stall knows already and the applicant has not said yet: the street, and the employer of its union."""
    if stall is None or given.street:
        return {}
    street = tree.nearest_of_kind(stall.union_id, (UnionKind.STREET, UnionKind.TOWN))
    employers = [] if stall.union.is_territorial else list(Employer.objects.filter(union=stall.union)[:2])
    known = {"street": street.code if street else ""}
    return known | ({"employer_name": employers[0].name} if len(employers) == 1 else {})


def note(stall: Stall | None, answering: Union) -> Text | None:
    """What who came by a stall must know before sending: it is over, or another union answers."""
    if stall is None:
        return None
    if not stall.is_running:
        return _("现场入会已经结束。您的申请按网上入会办理，结果会发短信告诉您。")
    if stall.union_id == answering.pk:
        return None
    return _(
        "您的单位或工作地点由{union}负责，申请会送到那里，现场的工作人员不能当场通过。结果会发短信告诉您。",
        union=answering.name,
    )
