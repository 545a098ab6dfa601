"""What the API of members and that of the counter do alike with a claim that is being filled in."""

from __future__ import annotations

from collections.abc import Sequence

from ninja.files import UploadedFile

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import _
from niangjia.platform.requests import idempotency
from niangjia.services.protection import actions, queries
from niangjia.services.protection.api_shapes import ClaimDetailOut, FillIn, PaperOut, detail_out, paper_out


def detail(actor: Actor, public_id: str) -> ClaimDetailOut:
    """The claim as it stands now. Raises NotFound."""
    return detail_out(actor, queries.claim_for(actor, public_id))


def fill(actor: Actor, public_id: str, body: FillIn, texts: Sequence[str]) -> ClaimDetailOut:
    """Keep what is filled in; of the ``texts``, fields of the body, those that were sent. Raises as the action."""
    said = {name: value for name in texts if (value := getattr(body, name)) is not None}
    told = body.told.details() if body.told else None
    actions.fill(public_id=public_id, actor=actor, told=told, event_day=body.event_day, child=body.child, **said)
    return detail(actor, public_id)


def attach(actor: Actor, public_id: str, *, paper: str, file: UploadedFile, key: str, purpose: str) -> PaperOut:
    """One paper, once for its key. Raises as the action, NotFound when it was taken away meanwhile."""
    given = idempotency.once_made(
        key=key, actor=actor, purpose=purpose,
        body={"claim": public_id, "paper": paper, "file": idempotency.file_digest(file)},
        make=lambda: actions.attach(public_id=public_id, paper=paper, upload=file, actor=actor).file.public_id,
    )  # fmt: skip
    rows = queries.papers_of(queries.claim_for(actor, public_id))
    row = next((row for row in rows if row.file.public_id == given), None)
    if row is None:
        raise NotFound("PAPER_NOT_FOUND", _("没有找到这份材料。"))
    return paper_out(row)
