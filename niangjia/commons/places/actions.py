"""Opening, correcting and closing sites."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from niangjia.commons.places import policies
from niangjia.commons.places.models import Site
from niangjia.commons.unions import rules, scope, tree
from niangjia.commons.unions.queries import in_sight
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import _
from niangjia.platform.audit import entries

SUBJECT = "places.site"
NAME_LENGTH = 100
ADDRESS_LENGTH = 200


@transaction.atomic
def open_site(
    *,
    actor: Actor,
    union_id: int,
    name: str,
    address: str,
    area_code: str = "",
    hours: str = "",
    day: date | None = None,
) -> Site:
    """Open a site of a union from ``day`` on (today if None).

    Raises NotFound, NotAllowed, Conflict (UNION_CLOSED, SITE_NAME_TAKEN), RuleBroken (NAME_…, AREA_INVALID).
    """
    union = in_sight(actor, union_id)
    decision = policies.keep_sites(actor, tree.path_of(union.pk)).require()
    if union.closed_on is not None:
        raise Conflict("UNION_CLOSED", _("“{union}”已撤销，不能再这样操作。", union=union.name))
    site = Site(
        union=union,
        name=rules.clean_name(name, longest=NAME_LENGTH),
        address=rules.clean_name(address, field="address", longest=ADDRESS_LENGTH),
        area_code=rules.clean_area(area_code) or union.area_code,
        hours=rules.clean_name(hours, field="hours", longest=NAME_LENGTH) if hours.strip() else "",
        opened_on=day or clock.today(),
    )
    _insert(site)
    _record(actor, decision, "opened", site)
    return site


@transaction.atomic
def close_site(*, actor: Actor, public_id: str, day: date | None = None, reason: str = "") -> Site:
    """Close a site from ``day`` on (today if None). Raises NotFound, NotAllowed, Conflict SITE_CLOSED, RuleBroken."""
    rows = Site.objects.select_for_update(of=("self",), no_key=True)
    site = rows.filter(scope.within(actor), public_id=public_id).first()
    if site is None:
        raise NotFound("SITE_NOT_FOUND", _("没有找到这个站点。"))
    decision = policies.keep_sites(actor, tree.path_of(site.union_id)).require()
    if site.closed_on is not None:
        raise Conflict("SITE_CLOSED", _("这个站点已经关闭。"))
    site.closed_on = day or clock.today()
    if site.closed_on < site.opened_on:
        raise rules.broken("BEFORE_OPENING", _("日期不能早于启用日期。"), "day")
    site.save(update_fields=["closed_on"])
    _record(actor, decision, "closed", site, reason)
    return site


def _insert(site: Site) -> None:
    try:
        with transaction.atomic():
            site.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("SITE_NAME_TAKEN", _("这个工会已有同名的站点。")) from error


def _record(actor: Actor, decision: Decision, event: str, site: Site, reason: str = "") -> None:
    entries.record(
        actor,
        f"{SUBJECT}.{event}",
        subject_type=SUBJECT,
        subject_id=site.public_id,
        node_id=site.union_id,
        ground=decision.ground,
        reason=reason,
    )
