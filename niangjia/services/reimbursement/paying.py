"""Asking for the payment of cases, out of the fund of reimbursement."""

from __future__ import annotations

from collections.abc import Sequence

from niangjia.commons.payments import actions as payments
from niangjia.commons.payments.actions import Payee, Wanted
from niangjia.kernel.actor import Actor
from niangjia.services.reimbursement.models import Case

SOURCE = "reimbursement.case"
FUND = "reimbursement"


def request_many(approved: Sequence[Case], *, actor: Actor) -> None:
    """Ask for the payment of each, in the caller's transaction; round, its union and person must be loaded.

    The money goes to the account that the member named, and waits where there is none. Raises RuleBroken FUND_MISSING.
    """
    if approved:
        wanted = [Wanted(case.public_id, Payee(case.person), case.fen) for case in approved]
        union = approved[0].round.union
        payments.request_many(source_type=SOURCE, union=union, fund=FUND, wanted=wanted, actor=actor)
