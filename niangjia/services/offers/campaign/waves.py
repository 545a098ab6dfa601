"""Giving parts of the stock free when their moment has come."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.audit import entries
from niangjia.services.offers.chances import offering
from niangjia.services.offers.models import Campaign, Cell, Wave, WaveStock


def release_due(campaign_id: int) -> int:
    """Give free every wave of a campaign whose moment has come; returns how many.

    The clock decides in the first request after the moment; the job that does the same is only for campaigns that
    nobody asks about. Each wave is given free once: whoever sets ``released_at`` does it.
    """
    due = Wave.objects.filter(campaign_id=campaign_id, released_at=None, opens_at__lte=clock.now())
    return sum(_release(wave) for wave in due)


@transaction.atomic()
def _release(wave: Wave) -> int:
    if not _claim(wave):
        return 0
    for stock in WaveStock.objects.filter(wave=wave).order_by("cell_id"):
        Cell.objects.filter(pk=stock.cell_id).update(size=F("size") + stock.quantity)
        offering.offer_what_is_left(stock.cell_id)
    Campaign.objects.filter(pk=wave.campaign_id).update(revision=F("revision") + 1)
    _record(wave)
    return 1


def _claim(wave: Wave) -> bool:
    """Whether it is ours to give free: of many who try at once one changes the row."""
    return bool(Wave.objects.filter(pk=wave.pk, released_at=None).update(released_at=clock.now()))


def _record(wave: Wave) -> None:
    campaign = Campaign.objects.get(pk=wave.campaign_id)
    entries.record(
        Actor.system("offers.waves"),
        "offers.wave.released",
        subject_type="offers.campaign",
        subject_id=campaign.public_id,
        node_id=campaign.union_id,
        data={"wave": wave.public_id, "pieces": sum(wave.stocks.values_list("quantity", flat=True))},
    )
