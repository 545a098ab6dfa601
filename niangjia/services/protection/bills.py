"""The same invoice or stay is used once: a fingerprint that the database holds unique while a claim stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from django.db import IntegrityError, transaction

from niangjia.kernel.errors import Conflict
from niangjia.kernel.text import _
from niangjia.platform.personal_data.fields import blind_index
from niangjia.services.protection.claim_models import BILL, Claim, ClaimBill


def hold(claim: Claim) -> None:
    """Take the bills and the stay of a claim for it alone. Raises Conflict DUP_BILL when one is used already."""
    try:
        with transaction.atomic():
            ClaimBill.objects.bulk_create(
                ClaimBill(claim=claim, kind=kind, fingerprint=blind_index(BILL, text), fen=fen)
                for kind, text, fen in sorted(_used(claim))
            )
    except IntegrityError as error:
        raise used_already() from error


def replace(claim: Claim) -> None:
    """The bills were set right by the papers. Raises Conflict DUP_BILL."""
    claim.bills.all().delete()
    hold(claim)


def hold_again(claim: Claim) -> None:
    """After an upheld appeal. Raises Conflict DUP_BILL when another claim has used one meanwhile."""
    try:
        with transaction.atomic():
            claim.bills.update(held=True)
    except IntegrityError as error:
        raise used_already() from error


def release(claim: Claim) -> None:
    """The claim came to nothing: its bills can be used again."""
    claim.bills.update(held=False)


def used_already() -> Conflict:
    """The refusal of a bill that stands in another claim; it does not say in whose."""
    text = _("这张票据或这次住院已经用于另一份理赔，不能重复使用。请核对号码。")
    return Conflict("DUP_BILL", text, fields={"bills": [text]})


def _used(claim: Claim) -> Iterator[tuple[str, str, int]]:
    told = claim.details
    for bill in told.bills:
        yield "bill", f"bill|{plain(bill.issuer)}|{plain(bill.number)}", bill.fen
    if told.admitted and told.discharged and not told.bills:
        yield "stay", f"stay|{claim.owner_key}|{claim.plan_id}|{told.admitted}|{told.discharged}", 0


def plain(text: str) -> str:
    """Without blanks, dashes, case and width, so that one bill typed in two ways is one bill."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())
