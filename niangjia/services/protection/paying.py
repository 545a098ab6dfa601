"""What becomes of the money of a claim: requested when it is approved, in a file for the bank, paid or failed."""

from __future__ import annotations

from django.db import transaction

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.lifecycle import lifecycle
from niangjia.services.protection import notices, policies, records
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.states import ClaimEvent
from niangjia.services.protection.telling import notice


def request(claim: Claim, fen: int, actor: Actor) -> None:
    """Ask for the payment of an approved sum."""


@transaction.atomic()
def enter_payment_file(*, public_id: str, actor: Actor) -> Claim:
    """The payment went into a file for the bank. Raises NotFound, NotAllowed, InvalidMove."""
    claim = _locked(public_id)
    decision = policies.may_hear_of_money(actor).require()
    return lifecycle.apply(claim, ClaimEvent.ENTER_PAYMENT_FILE, actor=actor, decision=decision)


@transaction.atomic()
def pay(*, public_id: str, actor: Actor) -> Claim:
    """The bank paid: the sum counts from now on. Raises NotFound, NotAllowed, InvalidMove."""
    claim = _locked(public_id)
    decision = policies.may_hear_of_money(actor).require()
    due = (claim.approved_fen or 0) - claim.paid_fen
    booked = [records.paid(claim, due)]
    if claim.paid_fen == 0:
        booked.append(records.days_to_payment(claim, clock.today()))
    return lifecycle.apply(
        claim,
        ClaimEvent.PAY,
        actor=actor,
        decision=decision,
        changes={"paid_fen": claim.paid_fen + due},
        records=booked,
        notices=notice(notices.PAID, claim, fen=due),
    )


@transaction.atomic()
def fail_payment(*, public_id: str, cause: str, actor: Actor) -> Claim:
    """The bank could not pay; the payment waits in the queue of failed ones with its cause.
    Raises NotFound, NotAllowed, InvalidMove."""
    claim = _locked(public_id)
    decision = policies.may_hear_of_money(actor).require()
    return lifecycle.apply(
        claim,
        ClaimEvent.FAIL_PAYMENT,
        actor=actor,
        decision=decision,
        reason=cause,
        notices=notice(notices.PAYMENT_FAILED, claim),
    )


def _locked(public_id: str) -> Claim:
    claim = Claim.objects.with_names().select_for_update(of=("self",)).filter(public_id=public_id).first()
    if claim is None:
        raise policies.no_claim()
    return claim  # type: ignore[no-any-return]
