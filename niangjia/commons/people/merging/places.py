"""At which union a merge is decided: the lowest that stands above both."""

from __future__ import annotations

from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.policies import KEEPERS
from niangjia.commons.unions import tree
from niangjia.kernel.actor import Actor


def above_both(kept: Person, merged: Person, actor: Actor) -> int:
    """The lowest union above the newest memberships of both; the proposer's own where neither was ever a member."""
    found = [union for union in (_newest(kept), _newest(merged)) if union]
    if not found:
        return actor.grants_of(*KEEPERS)[0].node_id
    lines = [tree.line_ids(union) for union in found]
    return next(union for union in lines[0] if all(union in line for line in lines))


def _newest(person: Person) -> int | None:
    rows = Membership.objects.filter(person=person).order_by("-pk")
    return rows.values_list("union_id", flat=True).first()
