"""Pairs of entries that somebody called one human being and nobody has proposed to merge yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from niangjia.commons.people import likeness
from niangjia.commons.people.merge_models import Likeness, Verdict
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.merging.states import MergeState
from niangjia.commons.people.models import Person
from niangjia.commons.people.policies import visible_people
from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data.masks import mask_name

SHOWN = 20


@dataclass(frozen=True)
class Pair:
    """Two entries by their public ids, one masked name, and the case that brought them up."""

    kept_id: str
    merged_id: str
    name: str
    source: str


def waiting(actor: Actor) -> Sequence[Pair]:
    """The newest pairs called the same, of which the actor sees both entries."""
    rows = (
        likeness.visible(actor).filter(verdict=Verdict.SAME, person__canonical=None).select_related("person", "other")
    )
    judged = list(rows.order_by("-decided_at", "-pk")[: SHOWN * 3])
    others = _others(actor, judged)
    standing = Merge.objects.filter(state__in=[MergeState.PROPOSED.value, MergeState.APPLIED.value])
    taken = set(standing.filter(merged__in=[one.pk for one in others.values()]).values_list("merged", flat=True))
    found = [_pair(one, others[one.pk]) for one in judged if one.pk in others and others[one.pk].pk not in taken]
    return list(dict.fromkeys(found))[:SHOWN]


def other_of(actor: Actor, pair: Likeness) -> Person | None:
    """The second entry of one pair, where it is registered and the actor sees it."""
    return _others(actor, [pair]).get(pair.pk)


def _others(actor: Actor, judged: Sequence[Likeness]) -> dict[int, Person]:
    """The second entry of each pair, where it is registered and in sight."""
    seen = visible_people(actor).filter(erased_at=None)
    strangers = {one.id_index: one for one in seen.filter(id_index__in={pair.other_index for pair in judged} - {""})}
    known = {one.pk: one for one in seen.filter(pk__in=[pair.other_id for pair in judged if pair.other_id])}
    found = {pair.pk: known.get(pair.other_id or 0) or strangers.get(pair.other_index) for pair in judged}
    return {key: one for key, one in found.items() if one is not None and one.pk not in _own(judged, key)}


def _own(judged: Sequence[Likeness], key: int) -> set[int]:
    return {pair.person_id for pair in judged if pair.pk == key}


def _pair(one: Likeness, other: Person) -> Pair:
    return Pair(one.person.public_id, other.public_id, mask_name(one.person.name), one.source)
