import pytest

from @package@.models import Request
from niangjia.platform.testing.clients import member_client, staff_client

KEY = "0123456789abcdef"


def test_a_member_asks_and_follows(world):
    phone = member_client(world.member)
    assert phone.get("/@code@/").status_code == 200
    sent = phone.post("/@code@/", {"wish": "需要一次法律咨询", "idempotency_key": KEY})
    again = phone.post("/@code@/", {"wish": "需要一次法律咨询", "idempotency_key": KEY})
    assert sent.headers["Location"] == again.headers["Location"]
    assert Request.objects.count() == 1
    assert "需要一次法律咨询" in phone.get(sent.headers["Location"]).text
    assert phone.get(f"{sent.headers['Location']}withdraw/").status_code == 200
    phone.post(f"{sent.headers['Location']}withdraw/")
    assert Request.objects.get().state == "withdrawn"


def test_what_is_wrong_stands_beside_the_field(world):
    answer = member_client(world.member).post("/@code@/", {"wish": "短", "idempotency_key": KEY})
    assert answer.status_code == 422
    assert "4 到 500 个字" in answer.text


def test_an_officer_finds_and_answers_it(world, sent):
    desk = staff_client(world.officer)
    page = f"/console/@code@/{sent.public_id}/"
    assert sent.number in desk.get("/console/@code@/").text
    assert "@label@" in desk.get("/console/").text
    assert "需要一次法律咨询" in desk.get(page).text
    assert desk.get(f"{page}refuse/").status_code == 200
    assert desk.post(f"{page}refuse/", {"reason": ""}).status_code == 422
    assert desk.post(f"{page}refuse/", {"reason": "这次不符合条件"}).headers["Location"] == page
    assert "这次不符合条件" in member_client(world.member).get(f"/@code@/{sent.public_id}/").text


@pytest.mark.parametrize("who", ["sibling", "agent"])
def test_who_is_elsewhere_does_not_find_it(world, sent, who, unchanged):
    desk = staff_client(getattr(world, who))
    with unchanged():
        assert desk.get(f"/console/@code@/{sent.public_id}/").status_code == 404
        assert desk.post(f"/console/@code@/{sent.public_id}/settle/").status_code == 404
        assert sent.number not in desk.get("/console/@code@/").text


def test_a_neighbour_and_a_stranger_do_not_find_it(world, sent, client):
    assert member_client(world.neighbour).get(f"/@code@/{sent.public_id}/").status_code == 404
    assert "sign-in" in client.get(f"/@code@/{sent.public_id}/").headers["Location"]
