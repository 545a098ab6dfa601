"""What cards need by the clock: members who joined before there were cards, or came by a bulk load, get theirs."""

from __future__ import annotations

from niangjia.commons.people.cards import actions
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.jobs import every
from niangjia.platform.jobs.registry import LONG

BATCH = 2000


@every("people.issue_missing_cards", "40 2 * * *", lane=LONG, label=_("为没有卡的会员发卡"))
def issue_missing_cards(job: object) -> dict[str, int]:
    """Committed in batches; one that died goes on with who still has no card."""
    actor, issued = Actor.system("people.issue_missing_cards"), 0
    while given := actions.issue_missing(limit=BATCH, actor=actor):
        issued += given
    return {"issued": issued}
