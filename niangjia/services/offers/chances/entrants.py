"""Who asks for a place on a waiting list or in a draw, and whether they may have one: judged like a reservation."""

from __future__ import annotations

from typing import Any

from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import errors as accounts
from niangjia.services.offers import policies, rules
from niangjia.services.offers.models import Reservation
from niangjia.services.offers.rush import catalogue, reserving
from niangjia.services.offers.rush.catalogue import Remembered
from niangjia.services.offers.rush.standing import ByUser, Standing, read


def standing_of(campaign: str, actor: Actor) -> tuple[Remembered, Standing]:
    """The campaign by its newest revision, and how the member stands towards it.

    Raises NotAllowed MEMBER_SESSION_REQUIRED, NotFound CAMPAIGN_NOT_FOUND, NotSignedIn.
    """
    policies.may_reserve(actor).require()
    found = catalogue.remembered(campaign)
    if found is None:
        raise policies.no_campaign()
    standing = _read(found, actor)
    if standing.revision == found.revision:
        return found, standing
    newest = catalogue.read_again(campaign)
    if newest is None:
        raise policies.no_campaign()
    return newest, _read(newest, actor)


def require_may_have(campaign: Remembered, standing: Standing) -> None:
    """Raises Conflict ONE_PER_CARD, NotAllowed (NOT_ELIGIBLE, BANNED_UNTIL)."""
    if standing.existing_id is not None:
        first = Reservation.objects.select_related("item").get(pk=standing.existing_id)
        raise rules.one_each(first.item.name, first.number)
    reserving.require_entitled(campaign, standing)
    rules.require_not_barred(standing.barred_until)


def columns_of(standing: Standing) -> dict[str, Any]:
    """Who asks, as a place or a wish keeps it: the union and the category are those of now."""
    return {
        "person_id": standing.person_id,
        "user_id": standing.user_id,
        "union_id": standing.union_id,
        "category": standing.category,
    }


def _read(campaign: Remembered, actor: Actor) -> Standing:
    standing = read(ByUser(actor.user_id or 0), campaign)
    if standing is None:
        raise accounts.not_signed_in()
    return standing
