"""The card on a person's page: facts, the cards before it, and the moves that are open to the viewer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from niangjia.commons.people.cards import policies
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.cards.states import CARD, CardEvent
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import Text, _
from niangjia.platform.web.tones import Status, status_of

RECORD_BANK = "record_bank"
"""Not a move of the machine, but offered beside its moves."""

OFFERED = (CardEvent.REPORT_LOST, CardEvent.UNBLOCK, CardEvent.REPLACE)
"""Closing comes with the end of the membership."""

RECORD_BANK_LABEL = _("登记银行联名卡")


@dataclass(frozen=True)
class OfferedAct:
    """What may be done with the card; ``refusal`` says why the viewer may not."""

    event: str
    label: Text
    consequence: Text | None
    refusal: Text | None


@dataclass(frozen=True)
class CardLine:
    """One card. ``since`` is the day on which it came into its state."""

    public_id: str
    number: str
    status: Status
    since: date
    issued_on: date
    bank_code: str
    bank_card_tail: str
    co_branded_on: date | None


@dataclass(frozen=True)
class CardPanel:
    """All cards, the newest first, and what may be done with that one."""

    all: tuple[CardLine, ...]
    acts: tuple[OfferedAct, ...]

    @property
    def card(self) -> CardLine:
        """The newest."""
        return self.all[0]


def of(person_id: int, keep: Decision | None) -> CardPanel | None:
    """The panel of somebody whose membership the viewer may see. ``keep`` is whether the viewer may keep that
    membership, None when nothing is to be offered. None for who never had a card."""
    cards = list(Card.objects.filter(person=person_id).order_by("-pk"))
    if not cards:
        return None
    lines = tuple(_line(card) for card in cards)
    return CardPanel(lines, _acts(cards[0], keep))


def _line(card: Card) -> CardLine:
    return CardLine(
        public_id=card.public_id,
        number=card.grouped,
        status=status_of(CARD, card.state),
        since=card.state_day,
        issued_on=card.issued_on,
        bank_code=card.bank_code,
        bank_card_tail=card.bank_card_tail,
        co_branded_on=card.co_branded_on,
    )


def _acts(card: Card, keep: Decision | None) -> tuple[OfferedAct, ...]:
    if keep is None or not card.is_live:
        return ()
    decision = policies.may_keep_with(keep)
    refusal = None if decision else decision.refusal
    moves = [move for move in CARD.moves_from(card.state) if move.event in OFFERED]
    acts = [OfferedAct(move.event, move.label, move.consequence, refusal) for move in moves]
    if card.is_active:
        acts.append(OfferedAct(RECORD_BANK, RECORD_BANK_LABEL, None, refusal))
    return tuple(acts)
