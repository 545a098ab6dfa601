"""What the installation itself does by the clock."""

from __future__ import annotations

import structlog

from niangjia.commons.desk import calendar
from niangjia.kernel import clock
from niangjia.platform import jobs
from niangjia.platform.accounts import housekeeping
from niangjia.platform.audit import sealer
from niangjia.platform.requests import idempotency, limits

log = structlog.get_logger(__name__)


@jobs.every("audit.seal", "* * * * * */5")
def seal_audit(job: jobs.JobHandle) -> dict[str, int]:
    """Chain what was committed in the last seconds; the head goes to the log, which leaves the host."""
    sealed = sealer.seal()
    if sealed:
        position, head = sealer.head()
        log.info("audit_head", position=position, head=head)
    return {"sealed": sealed}


@jobs.every("host.forget", "7 3 * * *")
def forget_what_is_over(job: jobs.JobHandle) -> dict[str, int]:
    """Clear counters, kept answers, codes and session records that nobody may ask about any more."""
    return {"limits": limits.purge(), "answers": idempotency.purge(), **housekeeping.forget_old()}


@jobs.every("host.calendar", "30 5 * * *")
def learn_the_calendar(job: jobs.JobHandle) -> dict[str, int]:
    """Copy this and next year's holidays into the table as soon as they are known."""
    year = clock.today().year
    return {str(year): calendar.seed(year), str(year + 1): calendar.seed(year + 1)}
