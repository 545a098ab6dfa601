"""Two callers with their own connections at the same moment; the guard is first shown to be needed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from niangjia.commons.people.cards import actions
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.testing import SYSTEM, a_member, signed_in
from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock
from niangjia.kernel.card_code import new_card_number
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.testing.races import at_once, two_connections

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ONE_LIVE = "card_one_live_for_each_person"


@pytest.fixture
def holder():
    return a_member(unions.small_tree()["EAST-1"]).person


@pytest.fixture
def cardless(holder):
    Card.objects.all().delete()
    return holder


def careless_issue(person):
    """Look first, then write, and no lock."""

    def run(meet):
        with transaction.atomic():
            free = not Card.objects.live().filter(person=person).exists()
            meet()
            if free:
                card = Card(person=person, number=new_card_number(), issued_on=clock.today())
                lifecycle.open(card, actor=SYSTEM, decision=allow("test"))

    return run


def test_without_the_constraint_a_person_has_two_cards_in_force(cardless):
    constraint = next(each for each in Card._meta.constraints if each.name == ONE_LIVE)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Card, constraint)
    try:
        assert all(outcome.ok for outcome in two_connections(careless_issue(cardless), careless_issue(cardless)))
        assert Card.objects.live().filter(person=cardless).count() == 2
    finally:
        Card.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Card, constraint)


def test_the_constraint_alone_lets_one_of_two_through(cardless):
    outcomes = two_connections(careless_issue(cardless), careless_issue(cardless))
    assert [type(outcome.error) for outcome in outcomes if not outcome.ok] == [IntegrityError]
    assert Card.objects.live().filter(person=cardless).count() == 1


def test_two_replacements_at_once_leave_one_card_in_force(holder):
    card = Card.objects.get(person=holder)

    def replace():
        return actions.replace(public_id=card.public_id, actor=SYSTEM)

    outcomes = two_connections(replace, replace)
    (lost,) = [outcome.error for outcome in outcomes if not outcome.ok]
    assert isinstance(lost, DomainError)
    assert lost.code == "MOVE_NOT_ALLOWED"
    assert sorted(Card.objects.values_list("state", flat=True)) == ["active", "replaced"]


def test_loss_and_replacement_at_once_leave_one_card_in_force(holder):
    card = Card.objects.get(person=holder)
    member = signed_in(holder)
    two_connections(
        lambda: actions.report_lost(public_id=card.public_id, actor=member),
        lambda: actions.replace(public_id=card.public_id, actor=member),
    )
    card.refresh_from_db()
    assert card.state == "replaced"
    assert Card.objects.live().get(person=holder).replaces == card


def test_four_workers_give_the_missing_cards_once(cardless):
    union = cardless.memberships.get().union
    for _number in range(9):
        a_member(union)
    Card.objects.all().delete()
    outcomes = at_once([lambda: actions.issue_missing(limit=6, actor=SYSTEM)] * 4)
    assert all(outcome.ok for outcome in outcomes)
    while actions.issue_missing(limit=6, actor=SYSTEM):
        pass
    assert Card.objects.live().count() == Card.objects.count() == 10
