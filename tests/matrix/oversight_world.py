"""What the matrix calls on in the audit trail and the queue: an entry at each of two places, a job that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform.audit import entries
from niangjia.platform.jobs import queue
from niangjia.platform.jobs.models import Job
from niangjia.platform.jobs.states import JobState
from tests.matrix.actors import A_KEY, MISSING

if TYPE_CHECKING:
    from tests.matrix.world import World

SYSTEM = Actor.system("matrix")
_NUMBERS = 7_700_001
"""Numbers that stand for nothing else in an answer."""

MISSING.setdefault("entry", "987654321")
MISSING.setdefault("job", A_KEY)


def add(world: World) -> None:
    """Put it all into the world."""
    for serial, place in enumerate(("EAST-1", "WEST-1")):
        said = f"哨兵{place}审计里的理由"
        made = entries.build(
            SYSTEM,
            "places.site.closed",
            subject_type="places.site",
            subject_id="x",
            node_id=world.unions[place].pk,
            reason=said,
        )
        made.pk = _NUMBERS + serial
        made.save(force_insert=True)
        world.add("entry", str(made.pk), place)
        world.mark(place, "", said, also=("audit_admin",))
    job = queue.enqueue("joining.roster_check", {"roster": "x"})
    Job.objects.filter(pk=job.pk).update(state=JobState.DEAD, ended_at=clock.now(), error="ValueError")
    world.add("job", job.public_id, "CITY")
