"""What the nightly job clears away: nothing that is over is kept longer than it may be asked about."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from niangjia.kernel import clock
from niangjia.platform.accounts import codes, policy_settings
from niangjia.platform.accounts.models import Session


def forget_old() -> dict[str, int]:
    """Delete codes a day, and sessions SESSION_RECORD_DAYS, after their end; how many of each."""
    limit = clock.now() - timedelta(days=policy_settings.number("SESSION_RECORD_DAYS"))
    over = Session.objects.filter(Q(ended_at__lt=limit) | Q(expires_at__lt=limit))
    return {"codes": codes.forget_old(), "sessions": over.delete()[0]}
