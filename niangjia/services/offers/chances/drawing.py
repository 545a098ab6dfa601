"""Wishes, and the draw over them: once, in one transaction, so that everybody can recompute it.

Until the wishes are closed only the promise (the hash of the secret) and the number of entrants are public, then the
wishes under pseudonyms and the stock, after the draw the secret and the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from niangjia.commons.entitlement.models import Use
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import InvalidMove, NotFound, RuleBroken
from niangjia.kernel.policy import Decision, allow
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.notices.kinds import Notice
from niangjia.services.offers import notices, policies, records, rules
from niangjia.services.offers.campaign import campaigns, ending
from niangjia.services.offers.campaign.ending import WISH_SOURCE
from niangjia.services.offers.chances import draw as lots
from niangjia.services.offers.chances import entrants
from niangjia.services.offers.chances.draw import Entrant, cell_code
from niangjia.services.offers.models import Campaign, Cell, HeldDraw, Reservation, Source, Wish
from niangjia.services.offers.rush import reserving
from niangjia.services.offers.rush.catalogue import Choice, Remembered
from niangjia.services.offers.rush.standing import Standing
from niangjia.services.offers.states import TAKING_STATES, WISH, CampaignState, WishEvent, WishState

BATCH = 2_000
DRAWING_STATES = (*TAKING_STATES, CampaignState.CLOSED)


@dataclass(frozen=True)
class Drawn:
    """How many won and how many lost."""

    won: int
    lost: int


# Wishes


@transaction.atomic()
def enter(*, campaign: str, choices: Sequence[Choice], actor: Actor) -> Wish:
    """Take part in the draw with one to five wishes, best first; again replaces them and keeps the pseudonym.

    Raises NotAllowed (MEMBER_SESSION_REQUIRED, NOT_OPEN, NOT_ELIGIBLE, BANNED_UNTIL), NotFound CAMPAIGN_NOT_FOUND, Gone
    CLOSED, RuleBroken (NOT_A_DRAW, WISHES, NOT_AT_THIS_PLACE), Conflict (ONE_PER_CARD, WISH_ENTERED, ALREADY_USED).
    """
    found, standing = entrants.standing_of(campaign, actor)
    _no_draw_meanwhile(found.id)
    _require_may_wish(found, standing)
    cells = _cells(found, choices)
    rows = Wish.objects.select_for_update(of=("self",), no_key=True).select_related("campaign", "person")
    entered = rows.filter(campaign=found.id, person=standing.person_id, state=WishState.ENTERED.value).first()
    if entered is not None:
        return _wish_again(entered, cells, actor)
    wish = Wish(
        campaign_id=found.id,
        choices=cells,
        **entrants.columns_of(standing),
    )
    return _enter(found, standing, wish, actor)


def _enter(found: Remembered, standing: Standing, wish: Wish, actor: Actor) -> Wish:
    try:
        with transaction.atomic():
            lifecycle.open(wish, actor=actor, decision=allow("own"))
    except IntegrityError:
        pseudonyms = Wish.objects.filter(campaign=found.id, person=standing.person_id).order_by("-pk")
        raise rules.in_a_draw(pseudonyms.values_list("pseudonym", flat=True)[0]) from None
    reserving.take_use(found, standing, WISH_SOURCE, wish.pk)
    return wish


def _wish_again(wish: Wish, cells: list[int], actor: Actor) -> Wish:
    wish.choices = cells
    wish.save(update_fields=["choices"])
    entries.record(
        actor,
        "offers.wish.changed",
        subject_type=wish.subject_type,
        subject_id=wish.public_id,
        subject_key=wish.subject_key,
        node_id=wish.responsible_node_id,
        ground="own",
        data={"cells": cells},
    )
    return wish


@transaction.atomic()
def take_back(*, public_id: str, actor: Actor) -> Wish:
    """Take no part after all. Doing it twice is once. Raises NotFound, NotAllowed, InvalidMove, Gone CLOSED."""
    wish = _locked(actor, public_id)
    decision = policies.may_act_for_self(actor, wish.person_id).require()
    if wish.state == WishState.TAKEN_BACK:
        return wish
    WISH.require(wish.state, WishEvent.TAKE_BACK)
    if clock.now() >= wish.campaign.first_come_from:
        moment = rules.spoken(wish.campaign.first_come_from)
        raise InvalidMove("WISHES_CLOSED", _("填报志愿已于 {moment} 结束，不能再撤回。", moment=moment))
    lifecycle.apply(wish, WishEvent.TAKE_BACK, actor=actor, decision=decision)
    ending.give_back_uses([wish])
    return wish


def _require_may_wish(campaign: Remembered, standing: Standing) -> None:
    now = clock.now()
    if not campaign.is_draw:
        raise RuleBroken("NOT_A_DRAW", _("这个活动先到先得，不用抽签，请直接预约。"))
    closed = campaign.is_drawn or standing.state not in TAKING_STATES
    rules.require_wishes_open(campaign.schedule, max(now, campaign.schedule.first_come_from) if closed else now)
    entrants.require_may_have(campaign, standing)


def _no_draw_meanwhile(campaign_id: int) -> None:
    """Wait for a draw that is being held, and let none begin before this wish is stored.

    Wishes share the lock and do not wait for each other; the clock is read under it, so that no wish comes after the
    list of entrants was closed.
    """
    if connection.vendor != "postgresql":  # the writing transaction is the lock
        return
    with connection.cursor() as cursor:
        table = Campaign._meta.db_table
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR SHARE", [campaign_id])  # noqa: S608


def _cells(campaign: Remembered, choices: Sequence[Choice]) -> list[int]:
    if not 1 <= len(choices) <= rules.MOST_WISHES or len(set(choices)) != len(choices):
        sentence = _("请填 1 到 {most} 个不重复的志愿。", most=rules.MOST_WISHES)
        raise RuleBroken("WISHES", sentence, fields={"choices": [sentence]})
    places = [campaign.places.get(choice) for choice in choices]
    cells = [place.cell_id for place in places if place is not None]
    if len(cells) != len(places):
        raise rules.not_there()
    return cells


def _locked(actor: Actor, public_id: str) -> Wish:
    rows = policies.visible_wishes(actor).select_for_update(of=("self",), no_key=True)
    wish = rows.select_related("campaign", "person").filter(public_id=public_id).first()
    if wish is None:
        raise NotFound("WISH_NOT_FOUND", _("没有找到这份志愿。"))
    return wish


# The draw


@transaction.atomic()
def draw(*, campaign: str, actor: Actor) -> Drawn:
    """Hold the draw: whoever wins has a reservation, whoever loses is told. Once, and never before the wishes close.

    Who has a piece of the campaign by now (given by the union) takes no part. Raises NotFound, NotAllowed, InvalidMove
    (NOT_A_DRAW, ALREADY_DRAWN, TOO_EARLY, MOVE_NOT_ALLOWED).
    """
    found = campaigns.locked(actor, campaign)
    decision = policies.may_run(actor, found.union_id).require()
    _require_due(found)
    wishes = _who_take_part(found, actor, decision)
    cells = _cells_of(found)
    stock = {code: cell.left for code, cell in cells.items()}
    result = lots.allocate(found.draw_secret, _entrants(wishes, cells), stock)
    won = {wish.pk: cells[code] for wish in wishes if (code := result[wish.pseudonym]) is not None}
    win(won={wish: won[wish.pk] for wish in wishes if wish.pk in won}, actor=actor)
    lose(wishes=[wish for wish in wishes if wish.pk not in won], actor=actor)
    HeldDraw.objects.create(campaign=found, held_at=clock.now(), secret=str(found.draw_secret), stock=stock)
    Campaign.objects.filter(pk=found.pk).update(drawn_at=clock.now(), revision=F("revision") + 1)
    drawn = Drawn(len(won), len(wishes) - len(won))
    _record(found, drawn, actor, decision)
    return drawn


def win(*, won: Mapping[Wish, Cell], actor: Actor) -> list[Reservation]:
    """Each of ``won`` wins a piece of its cell: a reservation, a message, and the stock one less. Needs a transaction.

    Raises NotAllowed, InvalidMove.
    """
    made: list[Reservation] = []
    pairs = list(won.items())
    for start in range(0, len(pairs), BATCH):
        made += _win(dict(pairs[start : start + BATCH]), actor)
    taken: dict[int, int] = {}
    for cell in won.values():
        taken[cell.pk] = taken.get(cell.pk, 0) + 1
    for cell_id, count in sorted(taken.items()):
        Cell.objects.filter(pk=cell_id).update(taken=F("taken") + count)
    return made


def lose(*, wishes: Sequence[Wish], actor: Actor) -> None:
    """Each of ``wishes`` gets nothing, and is told. Needs a transaction. Raises NotAllowed, InvalidMove."""
    for start in range(0, len(wishes), BATCH):
        part = wishes[start : start + BATCH]
        decision = policies.may_run(actor, part[0].campaign.union_id)
        lifecycle.apply_many(part, WishEvent.LOSE, actor=actor, decision=decision, effects_for=_lost)
        ending.give_back_uses(list(part))


def _win(won: Mapping[Wish, Cell], actor: Actor) -> list[Reservation]:
    decision = policies.may_run(actor, next(iter(won)).campaign.union_id)
    rows = [_unsaved(wish, cell) for wish, cell in won.items()]
    made = lifecycle.open_many(rows, actor=actor, decision=decision, effects_for=_reserved)
    of_wish = {wish.pk: row for wish, row in zip(won, made, strict=True)}
    lifecycle.apply_many(
        list(won), WishEvent.WIN, actor=actor, decision=decision, effects_for=lambda wish: _won(of_wish[wish.pk])
    )
    _move_uses(of_wish)
    return made


def _unsaved(wish: Wish, cell: Cell) -> Reservation:
    return Reservation(
        campaign=wish.campaign,
        cell=cell,
        item=cell.item,
        site=cell.site,
        day=cell.day,
        person=wish.person,
        user_id=wish.user_id,
        union_id=wish.union_id,
        category=wish.category,
        source=Source.DRAW.value,
    )


def _reserved(row: Reservation) -> Effects:
    told = {
        "title": row.campaign.title,
        "item": row.item.name,
        "site": row.site.name,
        "day": f"{row.day:%Y-%m-%d}",
    }
    notice = Notice(notices.WON, row.user_id, told, link=reserving.link(row.public_id))
    return Effects(records=[records.reserved(row)], notices=[notice], data={"cell": row.cell_id})


def _won(row: Reservation) -> Effects:
    return Effects(changes={"reservation": row})


def _lost(wish: Wish) -> Effects:
    link = f"/offers/{wish.campaign.public_id}/wish/"
    return Effects(notices=[Notice(notices.LOST, wish.user_id, {"title": wish.campaign.title}, link=link)])


def _require_due(campaign: Campaign) -> None:
    if not campaign.is_draw:
        raise InvalidMove("NOT_A_DRAW", _("这个活动不抽签。"))
    if campaign.drawn_at is not None:
        raise InvalidMove("ALREADY_DRAWN", _("已经抽过签，一个活动只抽一次。"))
    if campaign.state not in DRAWING_STATES:
        raise InvalidMove("MOVE_NOT_ALLOWED", _("活动没有发布或已经结束，不能抽签。"))
    if clock.now() < campaign.first_come_from:
        raise InvalidMove("TOO_EARLY", _("填报志愿还没有结束，不能抽签。"))


def _who_take_part(campaign: Campaign, actor: Actor, decision: Decision) -> list[Wish]:
    """The wishes that are drawn. Those of who has a piece already are taken back for them."""
    rows = Wish.objects.filter(campaign=campaign, state=WishState.ENTERED.value).select_related("person")
    wishes = list(rows.order_by("pk"))
    for wish in wishes:
        wish.campaign = campaign
    have_one = set(Reservation.objects.counting().filter(campaign=campaign).values_list("person_id", flat=True))
    out = [wish for wish in wishes if wish.person_id in have_one]
    lifecycle.apply_many(out, WishEvent.TAKE_BACK, actor=actor, decision=decision)
    ending.give_back_uses(out)
    return [wish for wish in wishes if wish.person_id not in have_one]


def _cells_of(campaign: Campaign) -> dict[str, Cell]:
    """The cells that can be won, by their public codes."""
    cells = Cell.objects.filter(campaign=campaign, item__withdrawn_at=None, day__gte=clock.today())
    return {_code(cell): cell for cell in cells.select_related("item", "site", "campaign").order_by("pk")}


def _code(cell: Cell) -> str:
    return cell_code(cell.item.code, cell.site.public_id, cell.day.isoformat())


def _entrants(wishes: Sequence[Wish], cells: Mapping[str, Cell]) -> list[Entrant]:
    code_of = {cell.pk: code for code, cell in cells.items()}
    return [
        Entrant(wish.pseudonym, tuple(code_of[cell] for cell in wish.choices if cell in code_of)) for wish in wishes
    ]


def _move_uses(of_wish: Mapping[int, Reservation]) -> None:
    """What may be had once was taken with the wish; from now on the reservation holds it."""
    for use in Use.objects.filter(source_type=WISH_SOURCE, source_id__in=list(of_wish)):
        use.source_type, use.source_id = records.SOURCE_TYPE, of_wish[use.source_id].pk
        use.save(update_fields=["source_type", "source_id"])


def _record(campaign: Campaign, drawn: Drawn, actor: Actor, decision: Decision) -> None:
    entries.record(
        actor,
        "offers.campaign.drawn",
        subject_type="offers.campaign",
        subject_id=campaign.public_id,
        node_id=campaign.union_id,
        ground=decision.ground,
        data={"won": drawn.won, "lost": drawn.lost, "commitment": campaign.draw_commitment},
    )


# What is published


def published(campaign: Campaign) -> dict[str, Any]:
    """The file by which anybody re-checks the draw: what may be known of it now. Raises InvalidMove NOT_A_DRAW."""
    if not campaign.is_draw:
        raise InvalidMove("NOT_A_DRAW", _("这个活动不抽签。"))
    held = HeldDraw.objects.filter(campaign=campaign).first()
    drawn = [WishState.WON.value, WishState.LOST.value]
    wishes = Wish.objects.filter(campaign=campaign, state__in=drawn if held else [WishState.ENTERED.value])
    known: dict[str, Any] = {
        "format": lots.FORMAT,
        "algorithm": lots.ALGORITHM,
        "campaign": campaign.public_id,
        "title": campaign.title,
        "wishes_until": campaign.first_come_from.isoformat(),
        "commitment": campaign.draw_commitment,
        "entrants_number": wishes.count(),
    }
    if held is None and clock.now() < campaign.first_come_from:
        return known
    cells = {cell.pk: cell for cell in Cell.objects.filter(campaign=campaign).select_related("item", "site")}
    stock = held.stock if held else {code: cell.left for code, cell in _cells_of(campaign).items()}
    known |= {"stock": stock, "entrants": _listed(wishes, cells, stock)}
    return known if held is None else known | _outcome(held, wishes, cells)


def _listed(wishes: Any, cells: Mapping[int, Cell], stock: Mapping[str, int]) -> list[dict[str, Any]]:
    rows = wishes.order_by("pseudonym").values_list("pseudonym", "choices")
    return [
        {"pseudonym": pseudonym, "wishes": [code for cell in choices if (code := _code(cells[cell])) in stock]}
        for pseudonym, choices in rows
    ]


def _outcome(held: HeldDraw, wishes: Any, cells: Mapping[int, Cell]) -> dict[str, Any]:
    rows = wishes.order_by("pseudonym").values_list("pseudonym", "reservation__cell")
    return {
        "drawn_at": held.held_at.isoformat(),
        "secret": held.secret,
        "result": {pseudonym: _code(cells[cell]) if cell else None for pseudonym, cell in rows},
    }
