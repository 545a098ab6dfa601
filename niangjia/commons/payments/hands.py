"""Whose hands act on a batch: the users in whose name, and the ID numbers behind them."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.payments import policies
from niangjia.commons.payments.models import Batch, Identity
from niangjia.commons.payments.rules import Hand
from niangjia.commons.people.models import Person
from niangjia.commons.unions import scope, tree
from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import resident_id
from niangjia.platform.audit import entries


def standing_in_for(actor: Actor, union_id: int, *roles: str) -> int | None:
    """The user for whom the actor acts as deputy in this office at this union, None when in their own name."""
    grant = scope.reaching(actor, tree.path_of(union_id), *roles) if actor.is_staff else None
    return grant.deputy_for if grant else None


def of(*users: int | None) -> Hand:
    """The hand of these users, one of whom acts and another of whom may be the one stood in for."""
    known = frozenset(user for user in users if user is not None)
    indexes = {*Identity.objects.filter(user__in=known).values_list("id_index", flat=True)}
    indexes |= {*Person.objects.filter(user__in=known).exclude(id_index="").values_list("id_index", flat=True)}
    return Hand(known, frozenset(indexes))


def of_preparer(batch: Batch) -> Hand:
    return of(batch.prepared_by_id, batch.prepared_for_id)


@transaction.atomic()
def identify(*, user_id: int, id_number: str, actor: Actor) -> Identity:
    """Write down who a user of finance is. The number itself is not kept. Raises NotFound, NotAllowed, RuleBroken
    (the codes of :func:`resident_id`)."""
    decision = policies.may_identify(actor).require()
    if not actor.is_system and not policies.visible_finance_offices(actor).filter(user=user_id).exists():
        raise policies.not_found()
    number = resident_id(id_number).number
    index = Identity._meta.get_field("id_index").index_of(number)
    identity, _new = Identity.objects.update_or_create(user_id=user_id, defaults={"id_index": index})
    entries.record(
        actor,
        "payments.identity.written",
        subject_type="payments.identity",
        subject_id=str(identity.pk),
        ground=decision.ground,
        data={"user": user_id},
    )
    return identity
