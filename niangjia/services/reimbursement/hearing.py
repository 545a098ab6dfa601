"""What this room hears of its payments, in the transaction in which it happens.

The bank's word never fails here: a case that has been where it points to stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from niangjia.commons.payments import hearing
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.services.reimbursement import cases, paying

_PAYMENTS = "付款"


def register() -> None:
    """Called when the room is ready."""
    hearing.register(
        paying.SOURCE,
        label=_("二次报销"),
        on_in_file=_hear(cases.enter_payment_file),
        on_taken_out=_hear(cases.leave_payment_file),
        on_paid=_hear(cases.pay),
        on_failed=_hear(cases.fail_payment),
        on_corrected=_hear(cases.retry_payment),
        on_cancelled=_hear(cases.forgo_payment),
    )


def _hear(act: Callable[..., None]) -> Callable[[Sequence[str], Actor], None]:
    return lambda source_ids, _actor: act(source_ids=source_ids, actor=Actor.system(_PAYMENTS))
