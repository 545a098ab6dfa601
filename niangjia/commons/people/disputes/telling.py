"""The notices of a dispute, addressed: each side reads of its own page and of nobody else."""

from __future__ import annotations

from niangjia.commons.parameters import parameters
from niangjia.commons.people.disputes import notices
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import HOLDER_DAYS, Outcome
from niangjia.kernel import clock
from niangjia.platform.notices.kinds import Notice, NoticeKind


def to_asker(kind: NoticeKind, dispute: Dispute) -> Notice:
    """For who raised it."""
    return Notice(kind, dispute.asked_by_id, _values(dispute), link=_page(dispute))


def ask_holder(dispute: Dispute) -> Notice:
    """The question, and for how long it waits."""
    days = parameters.at(HOLDER_DAYS, dispute.union_id, clock.today()).value
    values = {**_values(dispute), "days": str(days)}
    return Notice(notices.HOLDER_ASKED, dispute.holder_user_id, values, link=_page(dispute))


def to_holder(kind: NoticeKind, dispute: Dispute) -> list[Notice]:
    """For who was asked, if anybody could be."""
    if dispute.holder_user_id is None:
        return []
    return [Notice(kind, dispute.holder_user_id, _values(dispute), link=_page(dispute))]


def settled(dispute: Dispute, outcome: Outcome) -> list[Notice]:
    """What both sides read of a decision that changed something. Where they are one, the holder's account stays."""
    if outcome is Outcome.JOIN and dispute.holder_user_id is not None:
        return to_holder(notices.SETTLED, dispute)
    changed = to_holder(notices.HOLDER_CHANGED, dispute)
    return [to_asker(notices.SETTLED, dispute), *changed]


def refused(dispute: Dispute) -> list[Notice]:
    """Nothing changed: why, for the asker; and that it is over, for the holder."""
    return [to_asker(notices.REFUSED, dispute), *kept(dispute)]


def kept(dispute: Dispute) -> list[Notice]:
    """The holder's entry is as it was."""
    return to_holder(notices.HOLDER_KEPT, dispute)


def _values(dispute: Dispute) -> dict[str, str]:
    return {"number": dispute.number, "kind": str(dispute.kind_label)}


def _page(dispute: Dispute) -> str:
    return f"/mine/data/disputes/{dispute.public_id}/"
