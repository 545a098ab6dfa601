"""What a transfer leaves in the ledger: one who left here, one who came there. Nobody is counted as having joined."""

from __future__ import annotations

from niangjia.commons.people.models import Person
from niangjia.commons.people.records import facts_of
from niangjia.platform.lifecycle.records import Record
from niangjia.services.joining.transfers.models import Transfer

PROGRAMME = "joining"
GONE, CAME = "joining.transferred_out", "joining.transferred_in"


def moved(transfer: Transfer, person: Person) -> list[Record]:
    """The two flows; the stock itself is moved with the membership."""
    dims = facts_of(person, "active")
    return [
        Record(PROGRAMME, GONE, transfer.old_id, person_id=person.pk, dims=dims),
        Record(PROGRAMME, CAME, transfer.new_id, person_id=person.pk, dims=dims),
    ]
