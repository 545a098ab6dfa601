"""Publishing versions of parameters."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from niangjia.commons.parameters import policies, queries, registry
from niangjia.commons.parameters.models import ParameterVersion
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.queries import in_sight
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.platform.audit import entries

SUBJECT = "parameters.version"


def publish(
    *, actor: Actor, code: str, union_id: int, valid_from: date, value: Any, reason: str = ""
) -> ParameterVersion:
    """Set what a parameter is worth at a union and below from ``valid_from`` on.

    What is published stays; publishing again for the same day corrects it by a further revision. Only the system sets
    a day that has passed. Raises NotFound, NotAllowed, Conflict (UNION_CLOSED, PUBLISHED_AT_ONCE), RuleBroken
    (PARAMETER_VALUE, PARAMETER_KIND, DAY_PAST, BEFORE_FOUNDING).
    """
    found = registry.find(code).problems(value)
    if found:
        raise RuleBroken("PARAMETER_VALUE", found[0], fields={"value": found})
    return _publish(actor, code, union_id, valid_from, {"value": value}, reason)


def publish_inheritance(
    *, actor: Actor, code: str, union_id: int, valid_from: date, reason: str = ""
) -> ParameterVersion:
    """Let a union follow the union above again from ``valid_from`` on. Raises what :func:`publish` raises."""
    return _publish(actor, code, union_id, valid_from, {"inherits": True}, reason)


@transaction.atomic
def _publish(
    actor: Actor, code: str, union_id: int, valid_from: date, content: dict[str, Any], reason: str
) -> ParameterVersion:
    parameter = registry.find(code)
    union = in_sight(actor, union_id, lock=True)
    decision = policies.publish(actor, tree.path_of(union.pk)).require()
    _require_settable(parameter, union)
    _require_day(actor, union, valid_from)
    earlier = ParameterVersion.objects.filter(code=code, union=union, valid_from=valid_from)
    version = ParameterVersion(
        code=code,
        union=union,
        valid_from=valid_from,
        revision=(earlier.aggregate(last=Max("revision"))["last"] or 0) + 1,
        published_by_id=actor.user_id,
        reason=reason[:500],
        **content,
    )
    _insert(version)
    entries.record(
        actor,
        f"{SUBJECT}.published",
        subject_type=SUBJECT,
        subject_id=str(version.pk),
        node_id=union.pk,
        ground=decision.ground,
        reason=reason,
        data={"code": code, "valid_from": valid_from.isoformat(), "revision": version.revision, **content},
    )
    queries.forget_values()
    return version


def _require_settable(parameter: registry.Parameter, union: Union) -> None:
    if union.closed_on is not None:
        raise Conflict("UNION_CLOSED", _("“{union}”已撤销，不能再这样操作。", union=union.name))
    if parameter.kinds and union.kind not in parameter.kinds:
        raise RuleBroken("PARAMETER_KIND", _("“{label}”不能由这一级工会设定。", label=parameter.label))


def _require_day(actor: Actor, union: Union, valid_from: date) -> None:
    if valid_from < clock.today() and not actor.is_system:
        raise _on_day("DAY_PAST", _("生效日期不能早于今天。"))
    if valid_from < union.founded_on:
        raise _on_day("BEFORE_FOUNDING", _("日期不能早于工会成立日（{day}）。", day=union.founded_on.isoformat()))


def _on_day(code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={"valid_from": [sentence]})


def _insert(version: ParameterVersion) -> None:
    try:
        with transaction.atomic():
            version.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("PUBLISHED_AT_ONCE", _("刚刚有人发布了同一天的设定，请刷新页面后再看。")) from error
