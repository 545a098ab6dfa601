"""What scans without network brought to light at a site: what was handed out twice, and what against the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Coalesce

from niangjia.commons.places.models import Site
from niangjia.kernel.text import Text
from niangjia.platform.personal_data import masks
from niangjia.services.offers.counter.offline import CONFLICT, GONE
from niangjia.services.offers.counter.parts import heading
from niangjia.services.offers.models import Reservation, Scan


@dataclass(frozen=True)
class HandOut:
    """One hand-out in the report; ``uploaded_by`` is empty for one that was made with network."""

    at: datetime
    device: str
    by: str
    uploaded_by: str


@dataclass(frozen=True)
class Double:
    """A reservation of which more than one piece was handed out, the name masked, in the order of the moments."""

    reservation: Reservation
    name: str
    hand_outs: Sequence[HandOut]


@dataclass(frozen=True)
class Refused:
    """A scan that was not written down as a collection; ``number`` is empty when there is no such reservation."""

    at: datetime
    number: str
    reason: Text
    device: str
    by: str


@dataclass(frozen=True)
class Report:
    """What scans without network brought to light at a site: handed out twice; handed out against the rules."""

    doubles: Sequence[Double]
    refused: Sequence[Refused]


def report(site: Site) -> Report:
    """The newest hundred of either kind. It does not depend on which device sent its scans in first."""
    rows = Scan.objects.filter(site=site).select_related("user", "uploaded_by", "reservation__item")
    twice = set(rows.filter(outcome=CONFLICT).order_by("-pk").values_list("reservation", flat=True)[:100])
    refused = rows.filter(offline_at__isnull=False).exclude(outcome__in=GONE).order_by("-pk")[:100]
    by_reservation: dict[int, list[Scan]] = {}
    both = rows.filter(reservation__in=twice, outcome__in=GONE)
    for scan in both.annotate(moment=Coalesce("offline_at", "at")).order_by("moment", "pk"):
        by_reservation.setdefault(scan.reservation_id or 0, []).append(scan)
    found: Mapping[int, Reservation] = Reservation.objects.with_names().select_related("person").in_bulk(list(twice))
    doubles = [_double(found[key], by_reservation[key]) for key in sorted(found, reverse=True)]
    return Report(doubles, [_refused(scan) for scan in refused])


def _double(row: Reservation, scans: Sequence[Scan]) -> Double:
    return Double(row, masks.mask_name(row.person.name), [_hand_out_of(scan) for scan in scans])


def _hand_out_of(scan: Scan) -> HandOut:
    uploaded = str(scan.uploaded_by) if scan.uploaded_by else ""
    return HandOut(scan.offline_at or scan.at, scan.device, str(scan.user), uploaded)


def _refused(scan: Scan) -> Refused:
    number = scan.reservation.number if scan.reservation else ""
    return Refused(scan.offline_at or scan.at, number, heading(scan.outcome), scan.device, str(scan.user))
