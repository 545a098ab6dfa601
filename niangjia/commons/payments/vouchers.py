"""What of a payment goes with its person, and what stays as a voucher.

Payee and account of what went to the bank stay readable for thirty years, whoever is erased meanwhile. A payment that
was given up before it went to any bank is no voucher: it is emptied with its person.
"""

from __future__ import annotations

from typing import Any

from niangjia.commons.payments.models import Payment
from niangjia.commons.payments.retention import emptied
from niangjia.commons.payments.states import PaymentState
from niangjia.platform.personal_data import events


def declare() -> None:
    """Called when Django starts."""
    events.erasing.connect(_empty_what_was_never_sent, dispatch_uid="payments.vouchers")


def _empty_what_was_never_sent(sender: Any, subject_key: str, **_given: Any) -> None:
    rows = Payment.objects.filter(
        owner_key=subject_key, state=PaymentState.CANCELLED.value, batch=None, has_account=True
    )
    emptied(rows.values_list("pk", flat=True))
