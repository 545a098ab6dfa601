"""Who looks like whom: the rules as dated parameters, and what was found out about each pair, kept for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from niangjia.commons.parameters import parameters
from niangjia.commons.parameters.parameters import Parameter, declare
from niangjia.commons.people.merge_models import Likeness, LikenessQuerySet, Verdict
from niangjia.commons.people.rules import broken
from niangjia.commons.unions import scope
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.audit import entries as audit

RULES = declare(
    Parameter(
        code="people.likeness_rules",
        label=_("疑似重复的判断规则"),
        schema="list",
        default=["id_number=100", "phone=60", "name+birth_date+sex=60"],
        source="本平台默认",
        hint=_("每行一条：相同的项目用加号连接，等号后是分数。项目：证件号、手机、姓名、出生日期、性别。"),
        choices=(
            *(f"id_number={points}" for points in range(0, 101, 10)),
            *(f"phone={points}" for points in range(0, 101, 10)),
            *(f"name+birth_date+sex={points}" for points in range(0, 101, 10)),
            *(f"name+birth_date={points}" for points in range(0, 101, 10)),
        ),
    )
)
THRESHOLD = declare(
    Parameter(
        code="people.likeness_threshold",
        label=_("疑似重复的分数线"),
        schema="int",
        default=60,
        least=1,
        greatest=300,
        source="本平台默认",
    )
)
KEEPERS = (Role.UNION_OFFICER,)


@dataclass(frozen=True)
class Rules:
    """``weights`` gives points for each set of fields that are the same, ``threshold`` the points of a doubt."""

    weights: Mapping[tuple[str, ...], int]
    threshold: int


def in_force(union_id: int | None, day: date) -> Rules:
    """The rules of a union on ``day``."""
    found = parameters.at("people.likeness_rules", union_id, day).value
    threshold = int(parameters.at("people.likeness_threshold", union_id, day).value)
    return Rules({tuple(rule.split("=")[0].split("+")): int(rule.split("=")[1]) for rule in found}, threshold)


@dataclass(frozen=True)
class Alike:
    """Somebody not registered yet, by the index of the ID number, who resembles a person."""

    person_id: int
    other_index: str
    facts: tuple[str, ...]


def note(found: Iterable[Alike], *, union_id: int, source: str) -> None:
    """Write down pairs that came up, in the caller's transaction; those that are known stay as they are."""
    rows = [
        Likeness(
            person_id=one.person_id,
            other_index=one.other_index,
            facts=list(one.facts),
            facts_key="+".join(sorted(one.facts)),
            union_id=union_id,
            source=source,
        )
        for one in found
    ]
    Likeness.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def cleared(other_indexes: Sequence[str]) -> dict[tuple[str, int], frozenset[str]]:
    """Pairs that were called different people: (index of the stranger, person) with all facts that were judged."""
    if not Likeness.objects.filter(verdict=Verdict.DIFFERENT).exists():
        return {}
    rows = Likeness.objects.filter(verdict=Verdict.DIFFERENT, other=None, other_index__in=other_indexes)
    found: dict[tuple[str, int], frozenset[str]] = {}
    for index, person_id, facts in rows.values_list("other_index", "person_id", "facts"):
        found[index, person_id] = found.get((index, person_id), frozenset()) | frozenset(facts)
    return found


def visible(actor: Actor) -> LikenessQuerySet:
    """The pairs that came up within the actor's offices."""
    if actor.is_staff and actor.grants_of(*KEEPERS):
        return Likeness.objects.filter(scope.within(actor, *KEEPERS))
    return Likeness.objects.none()


def may_judge(actor: Actor, pair: Likeness) -> Decision:
    """The twin of :func:`visible`: nobody judges about oneself."""
    if actor.person_id is not None and actor.person_id in (pair.person_id, pair.other_id):
        return refuse("OWN_CASE", _("不能判断和自己有关的情况，请交给同事。"))
    if visible(actor).filter(pk=pair.pk).exists():
        return allow("union_officer")
    return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))


def pair_for(actor: Actor, public_id: str) -> Likeness:
    """One pair in the actor's sight. Raises NotFound."""
    found = visible(actor).select_related("person", "other", "union").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("NOT_FOUND", _("没有找到这一对。"))
    return found


@transaction.atomic()
def judge(*, public_id: str, verdict: str, reason: str, actor: Actor) -> Likeness:
    """Say whether the two are the same, different, or that the person must be asked; it can be said anew.

    Raises NotFound, NotAllowed, RuleBroken (VERDICT, REASON_NEEDED).
    """
    pair = pair_for(actor, public_id)
    Likeness.objects.select_for_update(of=("self",), no_key=True).get(pk=pair.pk)
    decision = may_judge(actor, pair).require()
    if verdict not in (Verdict.SAME, Verdict.DIFFERENT, Verdict.ASK):
        raise broken("VERDICT", _("请选择判断结果。"), "verdict")
    before, pair.verdict, pair.reason = pair.verdict, verdict, require_reason(reason)
    pair.decided_by_id, pair.decided_at = actor.user_id, clock.now()
    pair.save(update_fields=["verdict", "reason", "decided_by", "decided_at"])
    audit.record(
        actor,
        "people.likeness.judged",
        subject_type="people.likeness",
        subject_id=pair.public_id,
        subject_key=pair.person.public_id,
        node_id=pair.union_id,
        ground=decision.ground,
        reason=pair.reason,
        before=before,
        after=verdict,
        data={"facts": pair.facts},
    )
    return pair
