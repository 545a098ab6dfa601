"""The closing sheet of a site's day: what was expected, handed out, spoiled, left, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from niangjia.commons.places.models import Site
from niangjia.commons.unions import scope, tree
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import InvalidMove, NotFound, RuleBroken
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import Text, _
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.offers import policies
from niangjia.services.offers.counter.collecting import site_of
from niangjia.services.offers.models import Campaign, Cell, Reservation, Sheet, SheetLine
from niangjia.services.offers.states import COUNTING_STATES, ReservationState, SheetEvent, SheetState

MOST_PIECES = 1_000_000


@dataclass(frozen=True)
class Counted:
    """What somebody counted of one item, in pieces."""

    delivered: int
    spoiled: int
    left: int


@transaction.atomic()
def begin_sheet(*, campaign: str, site: str, day: date, actor: Actor) -> Sheet:
    """The sheet of a site's day, made if there is none yet. Raises NotFound, NotAllowed, RuleBroken NO_PICKUP_DAY."""
    place = site_of(actor, site)
    found = _campaign(campaign)
    decision = may_close(actor, place).require()
    items = list(Cell.objects.filter(campaign=found, site=place, day=day).values_list("item_id", flat=True).distinct())
    if not items:
        raise RuleBroken("NO_PICKUP_DAY", _("这一天在这个站点没有领取安排。"))
    if (known := _sheet(found, place, day)) is not None:
        return known
    try:
        with transaction.atomic():
            sheet = lifecycle.open(Sheet(campaign=found, site=place, day=day), actor=actor, decision=decision)
    except IntegrityError:
        return Sheet.objects.get(campaign=found, site=place, day=day)
    counted = expected_of(sheet)
    SheetLine.objects.bulk_create(
        [SheetLine(sheet=sheet, item_id=item, delivered=counted.get(item, (0, 0))[0]) for item in sorted(items)]
    )
    return sheet


@transaction.atomic()
def fill_sheet(*, public_id: str, counts: Mapping[int, Counted], note: str = "", actor: Actor) -> Sheet:
    """Write down what was counted, by item id. Raises NotFound, NotAllowed, InvalidMove SIGNED, RuleBroken PIECES with
    a sentence beside the number."""
    sheet = locked(actor, public_id)
    may_close(actor, sheet.site).require()
    if sheet.state != SheetState.OPEN:
        raise InvalidMove("SIGNED", _("日结单已签字，要改请先退回重填。"))
    _require_pieces(counts)
    for line in sheet.lines.all():
        if (count := counts.get(line.item_id)) is not None:
            line.delivered, line.spoiled, line.left = count.delivered, count.spoiled, count.left
            line.save(update_fields=["delivered", "spoiled", "left"])
    sheet.note = " ".join(note.split())[:300]
    sheet.save(update_fields=["note"])
    return sheet


@transaction.atomic()
def sign(*, public_id: str, actor: Actor) -> Sheet:
    """Sign it: the figures of the day are fixed from here on. Raises NotFound, NotAllowed, InvalidMove."""
    sheet = locked(actor, public_id)
    decision = may_close(actor, sheet.site).require()
    counted = expected_of(sheet)
    for line in sheet.lines.all():
        line.expected, line.handed_out = counted.get(line.item_id, (0, 0))
        line.save(update_fields=["expected", "handed_out"])
    changes = {"signed_by_id": actor.user_id, "signed_at": clock.now()}
    return lifecycle.apply(sheet, SheetEvent.SIGN, actor=actor, decision=decision, changes=changes)


@transaction.atomic()
def send_back(*, public_id: str, reason: str, actor: Actor) -> Sheet:
    """Give it back for filling in again. Raises NotFound, NotAllowed, InvalidMove."""
    sheet = locked(actor, public_id)
    decision = may_close(actor, sheet.site).require()
    return lifecycle.apply(sheet, SheetEvent.SEND_BACK, actor=actor, decision=decision, reason=require_reason(reason))


@transaction.atomic()
def countersign(*, public_id: str, actor: Actor) -> Sheet:
    """Confirm it as another person than who signed. Raises NotFound, NotAllowed SAME_HAND, InvalidMove."""
    sheet = locked(actor, public_id)
    decision = may_countersign(actor, sheet).require()
    changes = {"countersigned_by_id": actor.user_id}
    return lifecycle.apply(sheet, SheetEvent.COUNTERSIGN, actor=actor, decision=decision, changes=changes)


def may_close(actor: Actor, site: Site) -> Decision:
    """Fill in and sign: a keeper of the site."""
    grant = scope.reaching(actor, tree.path_of(site.union_id), *policies.KEEPERS) if actor.is_staff else None
    if actor.is_system:
        return allow("system")
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您不是这个领取点的工作人员。"))
    return allow(f"{grant.role}@{grant.node_id}")


def may_countersign(actor: Actor, sheet: Sheet) -> Decision:
    """Countersign: a keeper of the site, never who signed."""
    if sheet.signed_by_id is not None and sheet.signed_by_id == actor.user_id:
        return refuse("SAME_HAND", _("签字和复核要由两个人完成，请交给同事复核。"))
    return may_close(actor, sheet.site)


def expected_of(sheet: Sheet) -> dict[int, tuple[int, int]]:
    """Pieces expected and handed out by item id, as the reservations stand now."""
    rows = Reservation.objects.filter(campaign=sheet.campaign, site=sheet.site, day=sheet.day)
    expected = Count("pk", filter=Q(state__in=[state.value for state in COUNTING_STATES]))
    handed = Count("pk", filter=Q(state=ReservationState.COLLECTED.value))
    return {
        item: (wanted, given)
        for item, wanted, given in rows.values_list("item").annotate(wanted=expected, given=handed).order_by()
    }


def visible_sheets(actor: Actor) -> Q:
    """The sheets of sites that the actor keeps, and of campaigns that the actor reads."""
    if actor.is_system:
        return Q()
    return Q(site__in=policies.kept_sites(actor)) | scope.within(actor, *policies.READERS, field="campaign__union")


def locked(actor: Actor, public_id: str) -> Sheet:
    """The sheet for changing, within the actor's sight. Raises NotFound SHEET_NOT_FOUND."""
    rows = Sheet.objects.select_for_update(of=("self",)).select_related("campaign", "site", "site__union")
    found: Sheet | None = rows.filter(visible_sheets(actor), public_id=public_id).first()
    if found is None or not actor.is_staff:
        raise no_sheet()
    return found


def no_sheet() -> NotFound:
    """The one answer for a sheet that does not exist and for one out of sight."""
    return NotFound("SHEET_NOT_FOUND", _("没有找到这张日结单。"))


def _campaign(public_id: str) -> Campaign:
    found: Campaign | None = Campaign.objects.shown().filter(public_id=public_id).first()
    if found is None:
        raise policies.no_campaign()
    return found


def _sheet(campaign: Campaign, site: Site, day: date) -> Sheet | None:
    found: Sheet | None = Sheet.objects.filter(campaign=campaign, site=site, day=day).first()
    return found


def _require_pieces(counts: Mapping[int, Counted]) -> None:
    wrong: dict[str, list[Text]] = {}
    for item, count in counts.items():
        for name, number in (("delivered", count.delivered), ("spoiled", count.spoiled), ("left", count.left)):
            if type(number) is not int or not 0 <= number <= MOST_PIECES:
                wrong[f"{name}-{item}"] = [_("数量是 0 到 1,000,000 的整数。")]
        if not wrong and count.spoiled > count.delivered:
            wrong[f"spoiled-{item}"] = [_("损坏的不能比到货的多。")]
    if wrong:
        raise RuleBroken("PIECES", _("有的数量不对，请照提示修改。"), fields=wrong)
