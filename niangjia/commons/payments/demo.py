"""How payments fill the demonstration: of each fund one batch that the stand-in bank has answered, and one that waits.

Preparer and releaser are the two of the demonstration; the bank's file is read as any upload is.
"""

from __future__ import annotations

import hashlib
import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from niangjia.commons.payments import actions, return_file, stand_in
from niangjia.commons.payments.actions import AnswerLine
from niangjia.commons.payments.models import Account, Batch, Payment
from niangjia.commons.payments.states import Side
from niangjia.commons.people.testing import an_id_number
from niangjia.commons.unions.testing import staff
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError

PREPARER, RELEASER = "preparer", "releaser"
SERIALS = {PREPARER: 4_600_001, RELEASER: 4_600_002}


def fill(city: Any) -> None:
    """Called by the demonstration once the rooms have asked for payments."""
    preparer, releaser = (identified(city, name) for name in (PREPARER, RELEASER))
    yesterday = city.day - timedelta(days=1)
    for fund in Account.objects.filter(side=Side.FUND.value).order_by("pk"):
        waiting = Payment.objects.payable().filter(account=fund).count()
        if waiting > 1:
            with clock.travelling(datetime.combine(yesterday, time(10), clock.SHANGHAI)):
                _answered(fund, waiting * 2 // 3, preparer, releaser)
            batch = actions.draw_up(account=fund.public_id, actor=preparer)
            actions.prepare(public_id=batch.public_id, actor=preparer)


def identified(city: Any, name: str) -> Actor:
    """One of finance, of whom it is known who they are."""
    user = city.users[name]
    actions.identify(user_id=user.pk, id_number=an_id_number(SERIALS[name]), actor=city.actor)
    return staff(user)


def _answered(fund: Account, most: int, preparer: Actor, releaser: Actor) -> None:
    batch = actions.draw_up(account=fund.public_id, most=most, actor=preparer)
    try:
        actions.prepare(public_id=batch.public_id, actor=preparer)
    except DomainError:  # the fund has less than was asked of it
        return
    actions.release(public_id=batch.public_id, actor=releaser)
    content = stand_in.return_file(batch)
    with tempfile.TemporaryDirectory(prefix="niangjia-bank-") as folder:
        path = Path(folder) / "return.csv"
        path.write_bytes(content)
        lines = [*return_file.lines_of(path, path.name), *_astray(batch)]
    file_hash = hashlib.sha256(content).hexdigest()
    actions.answer(public_id=batch.public_id, lines=lines, file_hash=file_hash, actor=preparer)


def _astray(batch: Batch) -> list[AnswerLine]:
    """What nobody can place: a line of somebody else, one whose sum differs, one that says it a second time."""
    first, last = (
        Payment.objects.filter(batch=batch).order_by("pk")[0],
        Payment.objects.filter(batch=batch).latest("pk"),
    )
    at = clock.now().replace(microsecond=0) + timedelta(hours=2)
    return [
        AnswerLine(0, "ZF2020-9000001-0", False, at, f"FX{batch.pk}01", fen=888_00),
        AnswerLine(0, first.number, False, at, f"FX{batch.pk}02", fen=first.fen + 100),
        AnswerLine(0, last.number, False, at, f"FX{batch.pk}03", fen=last.fen),
    ]
