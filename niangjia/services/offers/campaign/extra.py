"""Pieces beyond the stock: given by the union to one person for a reason, and counted apart from the promised ones."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F

from niangjia.commons.entitlement import compile as entitlement
from niangjia.commons.entitlement import uses
from niangjia.commons.entitlement.rules import Per, Period, parse
from niangjia.commons.people.models import Membership
from niangjia.commons.people.policies import is_own_or_kin
from niangjia.commons.people.queries import find as find_person
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, InvalidMove, NotAllowed
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.services.offers import notices, policies, records, rules
from niangjia.services.offers.campaign import campaigns
from niangjia.services.offers.campaign.extra_stock import shrink
from niangjia.services.offers.models import Campaign, Cell, Reservation, Source
from niangjia.services.offers.rush import catalogue, reserving
from niangjia.services.offers.rush.catalogue import Choice
from niangjia.services.offers.states import CampaignState

RUNNING = (CampaignState.PUBLISHED, CampaignState.OPEN, CampaignState.CLOSED)
GIVEN = "offers.campaign.give_extra"


@transaction.atomic()
def give_extra(*, campaign: str, choice: Choice, person: str, reason: str, actor: Actor) -> Reservation:
    """One piece of ``choice`` more for ``person`` (a public id), held for them like any reservation.

    The stock grows by this piece alone, so that nobody else can take it. Raises NotFound (CAMPAIGN_NOT_FOUND,
    PERSON_NOT_FOUND, ITEM_NOT_FOUND), NotAllowed (NO_OFFICE_HERE, OWN_CASE, NOT_ELIGIBLE), RuleBroken REASON_NEEDED,
    InvalidMove NOT_RUNNING, Gone CLOSED, Conflict ONE_PER_CARD.
    """
    found = campaigns.locked(actor, campaign)
    decision = policies.may_run(actor, found.union_id).require()
    reason = require_reason(reason)
    if found.state not in RUNNING:
        raise InvalidMove("NOT_RUNNING", _("活动还没有发布或已经结束，不能加份。"))
    rules.require_pickup_day(choice.day, catalogue.schedule_of(found), clock.today())
    cell = _cell(found, choice)
    row = _unsaved(cell, _receiver(found, person, actor), reason)
    try:
        with transaction.atomic():
            reserving.open_reservation(row, actor=actor, decision=decision, notice=notices.RESERVED)
    except IntegrityError:
        raise _has_one(found, row.person_id) from None
    _take_use(found, row)
    Cell.objects.filter(pk=cell.pk).update(extra=F("extra") + 1, taken=F("taken") + 1)
    _log(actor, decision.ground, row, reason)
    return row


def _cell(campaign: Campaign, choice: Choice) -> Cell:
    cells = Cell.objects.filter(campaign=campaign, item__withdrawn_at=None).select_related("item", "site", "campaign")
    found = cells.filter(item__public_id=choice.item, site__public_id=choice.site, day=choice.day).first()
    if found is None:
        raise rules.no_item()
    return found


def _receiver(campaign: Campaign, public_id: str, actor: Actor) -> Membership:
    """The current membership of who is to have it; the rule of the campaign is not bent."""
    person = find_person(actor, public_id)
    if is_own_or_kin(actor, person.pk):
        raise NotAllowed("OWN_CASE", _("不能给自己或亲属加份，请交给同事办理。"))
    membership: Membership | None = Membership.objects.current().filter(person=person).select_related("person").first()
    unmet = entitlement.explain(parse(campaign.rule), person.pk, clock.today()).first_unmet
    if membership is None or unmet is not None:
        sentence = unmet.sentence if unmet is not None else _("是工会会员。")
        raise NotAllowed("NOT_ELIGIBLE", _("这位会员不符合参加条件：{condition}", condition=sentence))
    return membership


def _unsaved(cell: Cell, membership: Membership, reason: str) -> Reservation:
    return Reservation(
        campaign=cell.campaign,
        cell=cell,
        item=cell.item,
        site=cell.site,
        day=cell.day,
        person=membership.person,
        user_id=membership.person.user_id,
        union_id=membership.union_id,
        category=membership.person.category,
        source=Source.EXTRA.value,
        note=reason,
    )


def _has_one(campaign: Campaign, person_id: int) -> Conflict:
    first = Reservation.objects.counting().with_names().get(campaign=campaign, person=person_id)
    sentence = _("这位会员已预约“{item}”（编号 {number}），每人限一份。", item=first.item.name, number=first.number)
    return Conflict("ONE_PER_CARD", sentence, fields={"person": [sentence]})


def _take_use(campaign: Campaign, row: Reservation) -> None:
    rule = parse(campaign.rule)
    if rule.once is None or (rule.once.per is Per.PERSON and rule.once.period is Period.CAMPAIGN):
        return
    key = campaign.public_id if rule.once.period is Period.CAMPAIGN else records.PROGRAMME
    uses.take(
        rule=rule,
        rule_key=key,
        person_id=row.person_id,
        day=clock.today(),
        source_type=records.SOURCE_TYPE,
        source_id=row.pk,
    )


def _log(actor: Actor, ground: str, row: Reservation, reason: str) -> None:
    entries.record(
        actor,
        GIVEN,
        subject_type="offers.campaign",
        subject_id=row.campaign.public_id,
        node_id=row.campaign.union_id,
        ground=ground,
        reason=reason,
        data={"reservation": row.public_id, "item": row.item.code},
    )


__all__ = ["GIVEN", "RUNNING", "give_extra", "shrink"]
