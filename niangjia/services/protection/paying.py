"""What becomes of the money of a claim: requested when it is approved, in a file for the bank, paid or failed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from niangjia.commons.ledger import write
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.payments import actions as payments
from niangjia.commons.payments.actions import Payee
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.lifecycle.records import Record
from niangjia.services.protection import accumulator, judging, notices, policies, records
from niangjia.services.protection.claim_models import Claim
from niangjia.services.protection.states import ClaimEvent, ClaimState
from niangjia.services.protection.telling import notice

SOURCE = "protection.claim"
"""Under which payments know claims; a later round is ``<claim>.<round>``."""


def request(claim: Claim, fen: int, actor: Actor) -> None:
    """Ask for the payment of an approved sum, out of the plan's fund, to who claimed. Raises FUND_MISSING."""
    payee = Payee(claim.person, name=claim.payee_name, bank_account=str(claim.bank_account))
    payments.request(
        source_type=SOURCE, source_id=source_id(claim), union=claim.plan.union, fund=claim.plan.fund, payee=payee,
        fen=fen, actor=actor,
    )  # fmt: skip


def source_id(claim: Claim) -> str:
    """Under which id the payment of this round stands."""
    return claim.public_id if claim.round == 1 else f"{claim.public_id}.{claim.round}"


def enter_payment_file(*, public_id: str, actor: Actor) -> Claim:
    """The payment went into a file for the bank. Raises NotFound, NotAllowed, InvalidMove."""
    return enter_payment_files(public_ids=[public_id], actor=actor)[0]


@transaction.atomic()
def enter_payment_files(*, public_ids: Sequence[str], actor: Actor) -> list[Claim]:
    """The payments of these went into a file, all or none. Raises as :func:`enter_payment_file`."""
    claims = _locked_many(public_ids)
    decision = policies.may_hear_of_money(actor).require()
    return lifecycle.apply_many(claims, ClaimEvent.ENTER_PAYMENT_FILE, actor=actor, decision=decision)


def pay(*, public_id: str, actor: Actor) -> Claim:
    """The bank paid: the sum counts from now on. Raises NotFound, NotAllowed, InvalidMove."""
    return pay_many(public_ids=[public_id], actor=actor)[0]


@transaction.atomic()
def pay_many(*, public_ids: Sequence[str], actor: Actor) -> list[Claim]:
    """The bank paid these, all or none of them is moved. Raises as :func:`pay`."""
    claims = _locked_many(public_ids)
    decision = policies.may_hear_of_money(actor).require()
    return lifecycle.apply_many(claims, ClaimEvent.PAY, actor=actor, decision=decision, effects_for=_arrived)


def _arrived(claim: Claim) -> Effects:
    due = (claim.approved_fen or 0) - claim.paid_fen
    booked = [records.paid(claim, due)]
    if claim.paid_fen == 0:
        booked.append(records.days_to_payment(claim, clock.today()))
    told = notice(notices.PAID, claim, fen=due)
    return Effects({"paid_fen": claim.paid_fen + due}, booked, told)


@transaction.atomic()
def fail_payment(*, public_id: str, cause: str, actor: Actor) -> Claim:
    """The bank could not pay, or the money came back: then it no longer counts. The payment waits in the queue of
    failed ones with its cause, and the payments ask the payee to correct the account. Raises NotFound, NotAllowed,
    InvalidMove."""
    claim = _locked(public_id)
    decision = policies.may_hear_of_money(actor).require()
    claim.MACHINE.require(claim.state, ClaimEvent.FAIL_PAYMENT)
    stays = _uncount_newest(claim) if claim.state == ClaimState.PAID else []
    left = sum(record.fen for record in stays) if claim.state == ClaimState.PAID else claim.paid_fen
    return lifecycle.apply(
        claim,
        ClaimEvent.FAIL_PAYMENT,
        actor=actor,
        decision=decision,
        reason=cause,
        changes={"paid_fen": left},
        records=stays,
    )


def _uncount_newest(claim: Claim) -> list[Record]:
    """Take what was counted out of the books, and give what of it stays, with the days on which it counts."""
    rows = LedgerRow.objects.live().filter(source_type=SOURCE, source_id=claim.pk)
    paid = list(rows.filter(measure=records.PAID).order_by("pk"))
    days = list(rows.filter(measure=records.DAYS)) if len(paid) > 1 else []
    write.reverse(SOURCE, claim.pk, at=clock.now(), measures=[records.PAID, records.DAYS])
    return [records.again(claim, row.measure, row.day, row.qty, row.fen) for row in (*paid[:-1], *days)]


@transaction.atomic()
def leave_payment_file(*, public_id: str, actor: Actor) -> Claim:
    """The payment was taken out of the file and waits again. Raises NotFound, NotAllowed, InvalidMove."""
    return _move(public_id, ClaimEvent.LEAVE_PAYMENT_FILE, actor)


@transaction.atomic()
def retry_payment(*, public_id: str, actor: Actor) -> Claim:
    """The account was corrected; the payment is tried again. Raises NotFound, NotAllowed, InvalidMove."""
    return _move(public_id, ClaimEvent.RETRY_PAYMENT, actor)


@transaction.atomic()
def forgo_payment(*, public_id: str, reason: str, actor: Actor) -> Claim:
    """It will not be paid after all: what it used of the limits is given back. Raises NotFound, NotAllowed,
    InvalidMove."""
    claim = _locked(public_id)
    decision = policies.may_hear_of_money(actor).require()
    claim.MACHINE.require(claim.state, ClaimEvent.FORGO_PAYMENT)
    chains = accumulator.chains(claim, judging.terms_of(claim))
    accumulator.lock(claim, chains)
    accumulator.give_back(claim)
    if claim.paid_fen:
        accumulator.take(claim, chains, judging.uses_of(claim, claim.paid_fen))
    return lifecycle.apply(
        claim,
        ClaimEvent.FORGO_PAYMENT,
        actor=actor,
        decision=decision,
        reason=reason,
        changes={"approved_fen": claim.paid_fen},
    )


def _move(public_id: str, event: ClaimEvent, actor: Actor) -> Claim:
    claim = _locked(public_id)
    decision = policies.may_hear_of_money(actor).require()
    return lifecycle.apply(claim, event, actor=actor, decision=decision)


def _locked(public_id: str) -> Claim:
    return _locked_many([public_id])[0]


def _locked_many(public_ids: Sequence[str]) -> list[Claim]:
    """These claims, locked in the order of their ids. Raises NotFound when there is not each of them."""
    rows = Claim.objects.with_names().select_for_update(of=("self",)).filter(public_id__in=public_ids)
    found = list(rows.order_by("pk"))
    if len(found) < len(set(public_ids)):
        raise policies.no_claim()
    return found
