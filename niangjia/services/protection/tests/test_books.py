from __future__ import annotations

import pytest
from django.db import connection

from niangjia.commons.ledger.models import LedgerRow
from niangjia.kernel.errors import DomainError
from niangjia.platform.personal_data import retention
from niangjia.platform.personal_data.portability import Subject
from niangjia.services.protection import actions, books, portability, testing
from niangjia.services.protection.claim_models import Claim, ClaimPaper
from niangjia.services.protection.retention import CLAIM_RULE
from niangjia.services.protection.states import ClaimState


@pytest.fixture
def paid(world):
    member = testing.an_insured(world.second, world.firm, 1)
    hands = {"unit": world.unit, "agency": world.agency, "office": world.office, "second": world.other_office}
    return testing.through_to(ClaimState.PAID, testing.a_claim(world.plan, member), **hands)


def test_the_books_agree_and_say_when_they_do_not(world, paid):
    assert list(books.check()) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE protection_claim SET paid_fen = paid_fen - 100")
    found = [difference.what for difference in books.check()]
    assert found == ["fen of claims paid", "fen of claims that payments say arrived"]


def test_a_condolence_is_proposed_by_one_granted_by_another_and_counted_when_paid(world):
    member = testing.an_insured(world.second, world.firm, 1)
    given = {"plan_id": world.plan.pk, "person_id": member.person_id, "occasion": "illness", "fen": 1_000_00}
    made = actions.propose(**given, bank_account=testing.a_card(), actor=world.office)
    with pytest.raises(DomainError, match="FOUR_EYES"):
        actions.grant(public_id=made.public_id, actor=world.office)
    actions.grant(public_id=made.public_id, actor=world.other_office)
    testing.put_in_file(made.public_id)
    testing.bank_pays(made.public_id)
    row = LedgerRow.objects.get(measure="protection.condoled")
    assert (row.qty, row.fen, row.programme) == (1, 1_000_00, "protection.free.six")
    assert list(books.check()) == []
    with pytest.raises(DomainError, match="CONDOLENCE_SUM"):
        actions.propose(**{**given, "fen": 99_999_99}, bank_account=testing.a_card(), actor=world.office)


def test_a_copy_of_my_data_holds_my_protection_and_what_i_told(world, paid):
    person = paid.person
    held = portability.collect(Subject(person.user_id, person.pk, (person.public_id,)))
    texts = [str(value.value) for holding in held for row in holding.rows for value in row]
    assert "六送保障" in texts
    assert any("甲状腺恶性肿瘤" in text for text in texts)


def test_after_ten_years_what_was_told_and_the_papers_go_and_the_sums_stay(world, paid):
    world.clock.forward(days=3_700)
    assert retention.due_counts()["protection.claim"] == 1
    assert CLAIM_RULE.act([paid.pk], testing.SYSTEM) == 1
    left = Claim.objects.get(pk=paid.pk)
    assert (str(left.told), str(left.bank_account), left.paid_fen) == ("", "", 20_000_00)
    assert not ClaimPaper.objects.exists()
    assert retention.due_counts()["protection.claim"] == 0
