"""When claims, condolences and enrolments have been kept long enough, and how they go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.files import actions as files
from niangjia.platform.personal_data.retention import Rule
from niangjia.services.protection.claim_models import Claim, Condolence, Said
from niangjia.services.protection.models import Enrolment
from niangjia.services.protection.states import CLAIM, CONDOLENCE, ClaimState

_CLAIM_ENDS = [state.code for state in CLAIM.states if CLAIM.is_final(state.code)]
_OVER = (*_CLAIM_ENDS, ClaimState.REFUSED.value, ClaimState.PAID.value)
_CONDOLENCE_ENDS = [state.code for state in CONDOLENCE.states if CONDOLENCE.is_final(state.code)]
MONTHS_OF = "membership"
"""Ten years, as the membership itself; the register of this room says the same of each field."""

_SEALED = ("told", "claimant_name", "claimant_phone", "bank_account")


def _claims(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Claim.objects.filter(state__in=_OVER, state_since__lt=cutoff, emptied_at=None)
    return rows


def _empty_claims(keys: Sequence[int], _actor: Actor) -> int:
    """What was told, the papers and the card go; number, cover, day, sums and states stay for the books."""
    count = 0
    for claim in Claim.objects.select_for_update().filter(pk__in=keys):
        for name in _SEALED:
            setattr(claim, name, "")
        claim.emptied_at = clock.now()
        claim.save(update_fields=[*_SEALED, "emptied_at"])
        for paper in list(claim.papers.select_related("file")):
            file = paper.file
            paper.delete()
            files.delete(file)
        for said in Said.objects.filter(claim=claim):
            said.delete()
        count += 1
    return count


def _condolences(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Condolence.objects.filter(state__in=_CONDOLENCE_ENDS, state_since__lt=cutoff)
    return rows.filter(emptied_at=None)


def _empty_condolences(keys: Sequence[int], _actor: Actor) -> int:
    count = 0
    for condolence in Condolence.objects.select_for_update().filter(pk__in=keys):
        condolence.words = condolence.bank_account = condolence.answer_reason = ""
        condolence.emptied_at = clock.now()
        condolence.save(update_fields=["words", "bank_account", "answer_reason", "emptied_at"])
        count += 1
    return count


def _enrolments(cutoff: datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = Enrolment.objects.filter(to_day__lt=cutoff.date()).exclude(batch="")
    return rows.filter(batch__isnull=False)


def _forget_batches(keys: Sequence[int], _actor: Actor) -> int:
    """Who was protected when stays as a pseudonym for the figures; by which file they came goes."""
    return int(Enrolment.objects.filter(pk__in=keys).update(batch=None))


CLAIM_RULE = Rule(
    "protection.claim",
    MONTHS_OF,
    (
        "protection.Claim", "protection.ClaimPaper", "protection.ClaimBill", "protection.Said", "protection.Appeal",
        "protection.Calculation", "protection.AccumulatorEntry", "protection.Holder",
    ),
    _claims,
    _empty_claims,
)  # fmt: skip
"""Calculations and uses hold nothing readable but pseudonyms; what is sealed in them goes with the person's key."""

CONDOLENCE_RULE = Rule("protection.condolence", MONTHS_OF, ("protection.Condolence",), _condolences, _empty_condolences)
ENROLMENT_RULE = Rule("protection.enrolment", MONTHS_OF, ("protection.Enrolment",), _enrolments, _forget_batches)
RULES = (CLAIM_RULE, CONDOLENCE_RULE, ENROLMENT_RULE)
