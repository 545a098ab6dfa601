"""The file for the bank, as CSV and as workbook (docs/how-to/pay-by-bank-file.md). A batch gives one CSV, always."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.db import transaction

from niangjia.commons.payments import policies
from niangjia.commons.payments.models import Batch, Payment
from niangjia.commons.payments.states import BatchState
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.money import plain_yuan
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.platform.personal_data import data_keys, looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.sheets import write
from niangjia.platform.sheets.write import Column, Sheet

COLUMNS = (
    Column("reference", "参考号", width=20),
    Column("name", "收款人户名", width=20),
    Column("bank", "开户银行", width=30),
    Column("account", "收款账号", width=26),
    Column("amount", "金额（元）", width=14),
    Column("use", "用途", width=16),
)
USE = "工会付款"
DOWNLOADABLE = (BatchState.RELEASED, BatchState.ANSWERED, BatchState.CLOSED)
_ROWS = 2_000


def csv_of(batch: Batch) -> Iterator[bytes]:
    """The CSV in pieces, in the order of the references. A cell that would be a formula is made text."""
    return write.csv(sheet_of(batch))


def sheet_of(batch: Batch) -> Sheet:
    """The lines of a batch, made while they are written."""
    return Sheet(batch.number, COLUMNS, _lines(batch))


def workbook_of(batch: Batch) -> IO[bytes]:
    """The same as xlsx; every cell is text."""
    return write.workbook([Sheet(_("付款"), COLUMNS, _lines(batch))])


def hash_of(batch: Batch) -> str:
    """The SHA-256 of the CSV."""
    digest = hashlib.sha256()
    for piece in csv_of(batch):
        digest.update(piece)
    return digest.hexdigest()


@transaction.atomic()
def handed_out(*, public_id: str, form: str, actor: Actor) -> Batch:
    """Note that somebody takes the file along, and who is in it; gives the batch whose file may be made now.

    Raises NotFound, NotAllowed, Conflict NOT_RELEASED.
    """
    batch = policies.visible_batches(actor).filter(public_id=public_id).first()
    if batch is None:
        raise policies.not_found()
    decision = policies.may_prepare(actor, batch.union_id).require()
    if batch.state not in DOWNLOADABLE:
        raise Conflict("NOT_RELEASED", _("复核放行以后才能下载付款文件。"))
    entries.record(
        actor,
        "payments.batch.downloaded",
        subject_type="payments.batch",
        subject_id=batch.public_id,
        node_id=batch.union_id,
        ground=decision.ground,
        data={"form": form, "hash": batch.file_hash[:16], "rows": batch.rows},
    )
    keys = Payment.objects.filter(batch=batch).exclude(owner_key="").values_list("owner_key", flat=True)
    looks.record(actor, list(keys), LookKind.EXPORTED)
    return batch


def _lines(batch: Batch) -> Iterator[Mapping[str, Any]]:
    last = 0
    while True:
        rows = list(Payment.objects.filter(batch=batch, pk__gt=last).order_by("pk")[:_ROWS])
        if not rows:
            return
        with data_keys.held([row.books_key for row in rows]):
            lines = [_line(row) for row in rows]
        yield from lines
        last = rows[-1].pk


def _line(row: Payment) -> Mapping[str, Any]:
    return {
        "reference": row.number,
        "name": str(row.payee_name),
        "bank": row.bank,
        "account": str(row.account_number),
        "amount": plain_yuan(row.fen),
        "use": USE,
    }
