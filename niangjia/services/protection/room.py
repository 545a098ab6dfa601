"""What the shells pick up from this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.web.rooms import MenuEntry, Need, Room, Tile
from niangjia.services.protection.enrolment.states import ROSTER
from niangjia.services.protection.purchases.states import CREDIT, PURCHASE, RECEIPT
from niangjia.services.protection.states import CLAIM, MACHINES, WITH_CLAIMANT, ClaimState


def may_see_claims(actor: Actor) -> bool:
    """Whether the console shows this room to the actor at all."""
    from niangjia.services.protection import policies

    return actor.is_staff and bool(policies.may_list_claims(actor))


def may_see_purchases(actor: Actor) -> bool:
    """Whether the console shows purchases of group plans to the actor."""
    from niangjia.services.protection.purchases import policies

    return actor.is_staff and bool(policies.may_list(actor))


def waiting(actor: Actor) -> int:
    """How many claims wait on the actor's own offices."""
    from niangjia.commons.desk import queries as desk
    from niangjia.services.protection.queries import CLAIM_TYPE

    return desk.my_items(actor).filter(subject_type=CLAIM_TYPE).count()


def needs(actor: Actor) -> Sequence[Need]:
    """What the claimant has to do now."""
    from niangjia.services.protection.queries import own_claims

    return [
        Need(_("理赔申请需要您补充"), _("编号 {number}", number=claim.number), _address(claim), "alert-triangle")
        for claim in own_claims(actor)
        if claim.state in WITH_CLAIMANT
    ]


def progress(actor: Actor) -> Sequence[Need]:
    """The member's own claims, newest first."""
    from niangjia.services.protection.queries import own_claims

    return [
        Need(
            _("理赔 {number}", number=claim.number),
            CLAIM.state(claim.state).label,
            _address(claim),
            "umbrella",
            finished=CLAIM.is_final(claim.state) or claim.state in (ClaimState.PAID, ClaimState.REFUSED),
        )
        for claim in own_claims(actor)
    ]


def _address(claim: Any) -> str:
    return f"/protection/claims/{claim.public_id}/"


def find(actor: Actor, number: str) -> str | None:
    """Where the claim with this number stands in the console, if the actor may see it."""
    from niangjia.kernel.ids import is_readable_number
    from niangjia.services.protection.claim_models import NUMBER_PREFIX
    from niangjia.services.protection.policies import visible_claims

    wanted = number.strip().upper()
    if not is_readable_number(wanted, NUMBER_PREFIX):
        return None
    found = visible_claims(actor).filter(number=wanted).values_list("public_id", flat=True).first()
    return f"/console/protection/claims/{found}/" if found else None


def demo(city: Any) -> None:
    """Fill the demonstration."""
    from niangjia.services.protection.demo import fill

    fill(city)


ROOM = Room(
    code="protection",
    label=_("互助保障"),
    portal_urls="niangjia.services.protection.portal",
    console_urls="niangjia.services.protection.console",
    api="niangjia.services.protection.api.router",
    tiles=(Tile(_("互助保障"), _("看保障，手机上申请理赔"), "umbrella", "protection:home"),),
    menu=(
        MenuEntry(_("理赔"), "umbrella", "protection_console:claims", may_see_claims, waiting),
        MenuEntry(_("团体购买"), "receipt", "protection_console:purchases", may_see_purchases),
        MenuEntry(
            _("参保"), "users", "protection_console:enrolments", may_see_claims, also=("protection_console:rosters",)
        ),
    ),
    machines=(*MACHINES, ROSTER, PURCHASE, RECEIPT, CREDIT),
    needs=needs,
    progress=progress,
    find=find,
    demo=demo,
    order=30,
)
