"""What the pages of this room read, as ready values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from niangjia.commons.desk.subjects import DeskLine
from niangjia.kernel.actor import Actor
from niangjia.kernel.money import yuan
from niangjia.kernel.text import _
from niangjia.platform.personal_data import masks
from niangjia.services.protection import policies
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.states import APPEAL, CLAIM, CONDOLENCE

CLAIM_TYPE, APPEAL_TYPE, CONDOLENCE_TYPE = "protection.claim", "protection.appeal", "protection.condolence"


def claim_for(actor: Actor, public_id: str) -> Claim:
    """One claim that the actor may see. Raises NotFound, the same for hidden and missing ones."""
    found = policies.visible_claims(actor).with_names().filter(public_id=public_id).first()
    if found is None:
        raise policies.no_claim()
    return found  # type: ignore[no-any-return]


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How claims read on a desk: the name is masked, the cover and what happened are not told."""
    rows = policies.visible_claims(actor).with_names().filter(pk__in=ids)
    return {row.pk: _line(row) for row in rows}


def _line(row: Claim) -> DeskLine:
    title = str(_("{name} 申请理赔", name=masks.mask_name(row.person.name)))
    detail = f"{CLAIM.state(row.state).label} · {row.plan.name}"
    return DeskLine(row.number, title, detail, f"/console/protection/claims/{row.public_id}/")


def appeal_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How appeals read on a desk."""
    rows = policies.visible_appeals(actor).select_related("claim", "claim__person", "claim__plan").filter(pk__in=ids)
    return {
        row.pk: DeskLine(
            row.claim.number,
            str(_("{name} 对理赔结果申诉", name=masks.mask_name(row.claim.person.name))),
            f"{APPEAL.state(row.state).label} · {row.claim.plan.name}",
            f"/console/protection/claims/{row.claim.public_id}/",
        )
        for row in rows
    }


def condolence_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How condolence payments read on a desk."""
    rows = policies.visible_condolences(actor).select_related("person", "plan").filter(pk__in=ids)
    return {
        row.pk: DeskLine(
            yuan(row.fen),
            str(_("慰问 {name}", name=masks.mask_name(row.person.name))),
            f"{CONDOLENCE.state(row.state).label} · {row.plan.name}",
            f"/console/protection/condolences/{row.public_id}/",
        )
        for row in rows
    }
