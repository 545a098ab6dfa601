"""Builders for tests, benchmarks and the replay: feeds of settlements of invented people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.commons.parameters.actions import publish
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.jobs import worker
from niangjia.platform.sheets.write import Sheet, workbook
from niangjia.services.reimbursement import actions
from niangjia.services.reimbursement.feeds import sheets
from niangjia.services.reimbursement.models import Feed, Round
from niangjia.services.reimbursement.states import Programme


def nothing_by_chance(union: Union) -> None:
    """From today on draw no sample at ``union`` and below, so that a round waits only for what a test puts into it."""
    publish(
        code="reimbursement.sample_per_mille", union_id=union.pk, value=0, valid_from=clock.today(),
        actor=Actor.system("test"),
    )  # fmt: skip


def a_row(
    who: str, id_number_of: str, number: str, paid: str = "1100.00", *, day: date = date(2026, 1, 5), **changes: Any
) -> dict[str, Any]:
    """One settlement of a visit of ``who`` on ``day``; ``changes`` by column."""
    row = {
        sheets.NAME: who,
        sheets.ID_NUMBER: id_number_of,
        sheets.TRANSACTION: number,
        sheets.KIND: "门诊",
        sheets.FROM_DAY: day.isoformat(),
        sheets.SELF_PAID: paid,
    }
    return {**row, **changes}


def a_file(rows: Iterable[Mapping[str, Any]], *, name: str = "settlements.xlsx") -> SimpleUploadedFile:
    """An uploaded workbook in the form of the template."""
    with workbook([Sheet("结算数据", sheets.COLUMNS, rows)]) as book:
        return SimpleUploadedFile(name, book.read())


def checked(
    rows: Iterable[Mapping[str, Any]], union: Union, actor: Actor, programme: str = Programme.GENERAL.value
) -> Feed:
    """A feed after its check: ready, or refused."""
    feed = actions.upload_roster(upload=a_file(rows), union_code=union.code, programme=programme, actor=actor)
    worker.drain()
    feed.refresh_from_db()
    return feed


def applied(rows: Iterable[Mapping[str, Any]], union: Union, actor: Actor, **more: Any) -> Round:
    """The round that a feed has become."""
    feed = checked(rows, union, actor, **more)
    actions.apply_roster(public_id=feed.public_id, actor=actor)
    worker.drain()
    made: Round = Round.objects.select_related("union", "feed").get(feed=feed)
    return made
