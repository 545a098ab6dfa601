"""Papers that were photographed are kept though another answer is wrong: nobody takes the pictures twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from niangjia.commons.people.corrections.testing import a_photo
from niangjia.commons.people.models import Person
from niangjia.kernel import clock
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.protection import actions, testing
from niangjia.services.protection.claim_models import ClaimPaper


@pytest.fixture
def member(world):
    return testing.an_insured(world.second, world.firm, 1)


def sent(client, address):
    """A page whose child is not named, with two photos."""
    files = {"paper_identity": a_photo("front.png"), "paper_kinship": a_photo("book.png")}
    return client.post(address, {"issuer_1": "第一试验医院", "bill_1": "MZ1", "sum_1": "3100", **files})


def begun(world, member, actor, **given):
    claim = actions.begin(plan_id=world.plan.pk, actor=actor, **given)
    testing.a_child_of(Person.objects.get(pk=member.person_id))
    return actions.fill(
        public_id=claim.public_id, actor=actor, cover="child_accident", event_day=clock.today() - timedelta(days=3)
    )


@pytest.mark.parametrize("at_counter", [False, True])
def test_what_was_photographed_is_kept_when_another_answer_is_wrong(world, member, at_counter):
    actor = world.agency if at_counter else member
    given = {"person_id": member.person_id} if at_counter else {}
    claim = begun(world, member, actor, **given)
    client = (staff_client if at_counter else member_client)(actor)
    where = "/console/protection/counter" if at_counter else "/protection/claims"
    answer = sent(client, f"{where}/{claim.public_id}/details/")
    page = answer.content.decode()
    assert (answer.status_code, 'id="id_child_error"' in page) == (422, True)
    assert sorted(ClaimPaper.objects.values_list("paper", flat=True)) == ["identity", "kinship"]
    assert page.count("已经上传，可以再加。") == 2
