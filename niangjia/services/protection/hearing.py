"""What this room hears of its payments, in the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from niangjia.commons.payments import hearing
from niangjia.kernel.actor import Actor
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.services.protection import condoling, merging, paying
from niangjia.services.protection.claim_models import Claim, Condolence
from niangjia.services.protection.purchases import credits
from niangjia.services.protection.purchases.models import Credit
from niangjia.services.protection.purchases.states import CREDIT, CreditEvent
from niangjia.services.protection.states import CLAIM, CONDOLENCE, ClaimEvent, CondolenceEvent

_PAYMENTS = "付款"
_FAILED, _CANCELLED = "银行没有付成", "付款已取消"
"""What the audit says; which cause it was stands with the payment."""

AT_ONCE = 500


def register() -> None:
    """Called when the room is ready."""
    merging.declare()
    claims = partial(_on, Claim, CLAIM)
    condolences = partial(_on, Condolence, CONDOLENCE)
    hearing.register(
        paying.SOURCE,
        label=_("理赔款"),
        on_in_file=_many(ClaimEvent.ENTER_PAYMENT_FILE, paying.enter_payment_files),
        on_taken_out=claims(ClaimEvent.LEAVE_PAYMENT_FILE, paying.leave_payment_file),
        on_paid=_many(ClaimEvent.PAY, paying.pay_many),
        on_failed=claims(ClaimEvent.FAIL_PAYMENT, partial(paying.fail_payment, cause=_FAILED)),
        on_corrected=claims(ClaimEvent.RETRY_PAYMENT, paying.retry_payment),
        on_cancelled=claims(ClaimEvent.FORGO_PAYMENT, partial(paying.forgo_payment, reason=_CANCELLED)),
    )
    left_over = partial(_on, Credit, CREDIT)
    hearing.register(
        credits.SOURCE,
        label=_("团体购买退款"),
        on_paid=left_over(CreditEvent.PAY, credits.pay_credit),
        on_failed=left_over(CreditEvent.FAIL, credits.fail_credit),
        on_cancelled=left_over(CreditEvent.RECALL, credits.recall_credit),
    )
    hearing.register(
        condoling.SOURCE,
        label=_("慰问金"),
        on_in_file=condolences(CondolenceEvent.SEND_CONDOLENCE, condoling.send_condolence),
        on_taken_out=condolences(CondolenceEvent.RECALL_CONDOLENCE, condoling.recall_condolence),
        on_paid=condolences(CondolenceEvent.PAY_CONDOLENCE, condoling.pay_condolence),
        on_failed=condolences(CondolenceEvent.FAIL_CONDOLENCE, partial(condoling.fail_condolence, cause=_FAILED)),
        on_corrected=condolences(CondolenceEvent.RECALL_CONDOLENCE, condoling.recall_condolence),
        on_cancelled=condolences(
            CondolenceEvent.FORGO_CONDOLENCE, partial(condoling.forgo_condolence, reason=_CANCELLED)
        ),
    )


def _on(model: Any, machine: Machine, event: str, act: Callable[..., Any]) -> Callable[[Sequence[str], Actor], None]:
    """Move each source by ``event``. The bank's word never fails here: what can no longer move is written down."""

    def hear(source_ids: Sequence[str], _actor: Actor) -> None:
        system = Actor.system(_PAYMENTS)
        for key in sorted({source.partition(".")[0] for source in source_ids}):
            found = model.objects.filter(public_id=key).values_list("state", flat=True).first()
            if found is not None and machine.find(found, event):
                act(public_id=key, actor=system)
            else:
                _too_late(machine, event, key, found or "")

    return hear


def _many(event: str, act: Callable[..., Any]) -> Callable[[Sequence[str], Actor], None]:
    """As :func:`_on` for what a whole file brings: claims are moved together, some hundred at a time."""

    def hear(source_ids: Sequence[str], _actor: Actor) -> None:
        keys = sorted({source.partition(".")[0] for source in source_ids})
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            found = dict(Claim.objects.filter(public_id__in=some).values_list("public_id", "state"))
            able = [key for key in some if key in found and CLAIM.find(found[key], event)]
            if able:
                act(public_ids=able, actor=Actor.system(_PAYMENTS))
            for key in sorted(set(some) - set(able)):
                _too_late(CLAIM, event, key, found.get(key, ""))

    return hear


def _too_late(machine: Machine, event: str, key: str, state: str) -> None:
    entries.record(
        Actor.system(_PAYMENTS),
        f"{machine.name}.money_came_late",
        subject_type=machine.name,
        subject_id=key,
        data={"event": event, "state": state},
    )
