import pytest
from django.test import Client

from niangjia.shells.portal.tests.conftest import Phones

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "13812345678"


def ask(client: Client, phone: str = PHONE, to: str = "") -> str:
    answer = client.post("/sign-in/", {"phone": phone, "next": to})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_a_phone_and_its_code_sign_a_worker_in_and_lead_where_they_wanted(sms: Phones) -> None:
    client = Client()
    assert client.get("/mine/")["Location"] == "/sign-in/?next=%2Fmine%2F"
    assert ask(client, "138 1234 5678", "/mine/") == "/sign-in/code/?next=%2Fmine%2F"
    page = client.get("/sign-in/code/?next=/mine/").content.decode()
    assert "138****5678" in page
    assert sms.last(PHONE) not in page
    answer = client.post("/sign-in/code/", {"code": sms.last(PHONE), "next": "/mine/"})
    assert answer["Location"] == "/mine/"
    assert client.get("/mine/").status_code == 200


def test_the_phone_stands_in_no_address(sms: Phones) -> None:
    assert PHONE not in ask(Client())


def test_a_wrong_code_is_said_beside_the_field_with_the_guesses_left(sms: Phones) -> None:
    client = Client()
    ask(client)
    wrong = "000000" if sms.last(PHONE) != "000000" else "111111"
    answer = client.post("/sign-in/code/", {"code": wrong})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_code_error"' in html
    assert "4" in html[html.index("id_code_error") :][:300]


def test_a_number_that_is_no_phone_is_refused_and_nothing_is_sent(sms: Phones) -> None:
    answer = Client().post("/sign-in/", {"phone": "12345"})
    assert answer.status_code == 422
    assert 'id="id_phone_error"' in answer.content.decode()
    assert sms.sent == []


def test_asking_again_at_once_says_to_wait(sms: Phones) -> None:
    client = Client()
    ask(client)
    answer = client.post("/sign-in/", {"phone": PHONE})
    assert answer.status_code == 422
    assert len(sms.sent) == 1


def test_another_browser_cannot_use_the_code(sms: Phones) -> None:
    mine, other = Client(), Client()
    ask(mine)
    assert other.get("/sign-in/code/")["Location"] == "/sign-in/"
    other.cookies["niangjia_phone"] = mine.cookies["niangjia_phone"].value
    assert other.post("/sign-in/code/", {"code": sms.last(PHONE)}).status_code == 422


def test_a_forged_phone_cookie_is_not_believed(sms: Phones) -> None:
    client = Client()
    client.cookies["niangjia_phone"] = '["13900000000", 0]:forged:forged'
    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(sms: Phones, target: str) -> None:
    client = Client()
    assert ask(client, to=target) == "/sign-in/code/"
    assert client.post("/sign-in/code/", {"code": sms.last(PHONE), "next": target})["Location"] == "/"


def test_signing_out_ends_the_session_at_once(sms: Phones) -> None:
    client = Client()
    ask(client)
    client.post("/sign-in/code/", {"code": sms.last(PHONE)})
    token = client.cookies["niangjia_member"].value
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    client.cookies["niangjia_member"] = token
    assert client.get("/mine/").status_code == 302
