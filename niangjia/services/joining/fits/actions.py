"""Everything that changes an offer; a yes becomes an ordinary transfer in the same transaction.

Order of locks: the offer, the transfer, the person, the membership.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.desk import queries as desk
from niangjia.commons.people.models import Membership
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.services.joining.fits import notices, parameters, policies, rules
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.rules import Found
from niangjia.services.joining.fits.states import FitEvent
from niangjia.services.joining.transfers import actions as transfers

SUBJECT_TYPE = "joining.fit"


@transaction.atomic()
def offer_fit(*, membership: Membership, found: Found, actor: Actor) -> Fit:
    """Tell a member that a union fits them. Called by the clock. Raises NotAllowed, Conflict FIT_OPEN."""
    decision = policies.may_tend(actor).require()
    fit = Fit(
        person=membership.person,
        membership=membership,
        held_id=membership.union_id,
        union_id=found.union_id,
        ground=found.ground.value,
    )
    data = {"ground": found.ground.value, "held": membership.union_id, "union": found.union_id}
    try:
        with transaction.atomic():
            lifecycle.open(fit, actor=actor, decision=decision, data=data)
    except IntegrityError as error:
        raise Conflict("FIT_OPEN", _("已经给这位会员推荐过工会，请等本人选择。")) from error
    outbox.write(_told(notices.OFFERED, fit))
    return fit


@transaction.atomic()
def accept_fit(*, public_id: str, actor: Actor) -> Fit:
    """The member says yes: an ordinary transfer begins, released at once where the holding union need not be asked.

    Raises NotFound, NotAllowed, InvalidMove, RuleBroken (UNION_UNKNOWN, UNION_TAKES_NO_MEMBERS), Conflict
    (TRANSFER_OPEN, STALE).
    """
    fit = _locked(public_id, actor)
    decision = policies.may_answer(actor, fit).require()
    fit.MACHINE.require(fit.state, FitEvent.ACCEPT)
    at_once = parameters.releases_at_once(fit.held_id, clock.today())
    transfer = transfers.take_up_fit(
        fit.membership, fit.union.code, source=fit.number, released=at_once, actor=actor, decision=decision
    )
    return _apply(fit, FitEvent.ACCEPT, actor, decision, changes={"transfer": transfer, "ask_again_on": None})


@transaction.atomic()
def put_off_fit(*, public_id: str, actor: Actor) -> Fit:
    """The member says later. Raises NotFound, NotAllowed, InvalidMove."""
    fit = _locked(public_id, actor)
    return _rest(fit, FitEvent.PUT_OFF, actor, policies.may_answer(actor, fit).require())


@transaction.atomic()
def decline_fit(*, public_id: str, actor: Actor) -> Fit:
    """The member says no, and is not asked about this union again. Raises NotFound, NotAllowed, InvalidMove."""
    fit = _locked(public_id, actor)
    decision = policies.may_answer(actor, fit).require()
    return _apply(fit, FitEvent.DECLINE, actor, decision, changes={"ask_again_on": None})


@transaction.atomic()
def let_rest_fit(*, public_id: str, actor: Actor) -> Fit:
    """The member said nothing in time; silence is later, not no. Called by the clock."""
    fit = _locked(public_id, actor)
    return _rest(fit, FitEvent.LET_REST, actor, policies.may_tend(actor).require())


@transaction.atomic()
def ask_fit_again(*, public_id: str, actor: Actor) -> Fit:
    """The day has come to ask again, or the member was asked often enough. Called by the clock.

    Raises NotFound, NotAllowed, InvalidMove.
    """
    fit = _locked(public_id, actor)
    decision = policies.may_tend(actor).require()
    if rules.is_asked_enough(fit.times, parameters.times(fit.held_id, clock.today())):
        return lapse_fit(public_id=public_id, actor=actor)
    changes = {"times": fit.times + 1, "ask_again_on": None}
    asked = _apply(fit, FitEvent.ASK_AGAIN, actor, decision, changes=changes)
    outbox.write(_told(notices.ASKED_AGAIN, asked))
    return asked


@transaction.atomic()
def lapse_fit(*, public_id: str, actor: Actor) -> Fit:
    """The member was asked often enough: the union is not offered any more. Called by the clock."""
    fit = _locked(public_id, actor)
    return _apply(fit, FitEvent.LAPSE, actor, policies.may_tend(actor).require(), changes={"ask_again_on": None})


@transaction.atomic()
def close_fit(*, public_id: str, actor: Actor) -> Fit:
    """The membership ended or moved, the union takes nobody any more, or it is the employer's of somebody who works
    elsewhere, as was corrected. Called by the clock."""
    fit = _locked(public_id, actor)
    return _apply(fit, FitEvent.CLOSE, actor, policies.may_tend(actor).require(), changes={"ask_again_on": None})


def _rest(fit: Fit, event: FitEvent, actor: Actor, decision: Decision) -> Fit:
    today = clock.today()
    again = rules.ask_again_on(today, parameters.again_days(fit.held_id, today))
    return _apply(fit, event, actor, decision, changes={"ask_again_on": again})


def _locked(public_id: str, actor: Actor) -> Fit:
    rows = policies.visible_fits(actor).select_for_update(of=("self",)).with_unions()
    found = rows.select_related("membership__person", "membership__union").filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def _apply(fit: Fit, event: FitEvent, actor: Actor, decision: Decision, changes: dict[str, Any]) -> Fit:
    return lifecycle.apply(fit, event, actor=actor, decision=decision, changes=changes)


def _told(kind: NoticeKind, fit: Fit) -> Sequence[Notice]:
    """A notice to the member, if they have an account."""
    user_id = fit.person.user_id
    if user_id is None:
        return []
    item = desk.open_item(SUBJECT_TYPE, fit.pk)
    due = f"{clock.day_of(item.due_at):%Y-%m-%d}" if item is not None and item.due_at is not None else ""
    values = {"union": fit.union.name, "due": due}
    return [Notice(kind, user_id, values, link=f"/joining/fits/{fit.public_id}/")]
