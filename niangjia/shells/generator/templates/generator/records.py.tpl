"""What this room leaves in the ledger."""

from __future__ import annotations

from @package@.models import Request
from niangjia.platform.lifecycle.records import Record

PROGRAMME = "@code@"
RECEIVED, ANSWERED = "@code@.received", "@code@.answered"


def received(request: Request) -> Record:
    """One request received by the union that answers."""
    return Record(PROGRAMME, RECEIVED, request.responsible_id, person_id=request.person_id)


def answered(request: Request, outcome: str) -> Record:
    """One request answered."""
    dims = {"outcome": outcome}
    return Record(PROGRAMME, ANSWERED, request.responsible_id, person_id=request.person_id, dims=dims)
