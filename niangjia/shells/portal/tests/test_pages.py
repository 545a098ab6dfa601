import pytest
from django.test import Client

from niangjia.commons.people.models import Membership
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.testing import an_officer
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.notices.models import Message
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.testing.clients import staff_client

pytestmark = pytest.mark.django_db
PRIVATE = ["/card/", "/mine/", "/mine/progress/", "/mine/looks/", "/mine/notices/", "/mine/devices/"]


@pytest.mark.parametrize("address", ["/", "/services/", "/sign-in/"])
def test_a_stranger_may_look_around(db: None, address: str) -> None:
    assert Client().get(address).status_code == 200


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_mine_asks_for_signing_in(db: None, address: str) -> None:
    assert Client().get(address)["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("address", ["/", "/services/", *PRIVATE])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_draws_for_a_member_and_for_a_newcomer(
    phone: Client, newcomer: Client, address: str, language: str
) -> None:
    for client in (phone, newcomer):
        client.cookies["niangjia_language"] = language
        assert client.get(address).status_code == 200


def test_home_says_who_i_am_and_where_i_belong(phone: Client, membership: Membership) -> None:
    html = phone.get("/").content.decode()
    assert "阿依古丽·麦麦提明" in html
    assert membership.union.name in html


def test_the_card_shows_the_number_to_members_and_the_way_in_to_others(
    phone: Client, newcomer: Client, membership: Membership
) -> None:
    assert membership.number in phone.get("/card/").content.decode()
    html = newcomer.get("/card/").content.decode()
    assert "还没有会员卡" in html
    assert 'href="/services/"' in html


def test_i_can_read_who_looked_at_my_data_and_why(
    phone: Client, newcomer: Client, membership: Membership, unions: dict[str, Union]
) -> None:
    officer = an_officer([(unions["EAST-1"], "union_officer")], "李春梅")
    looks.record(officer, [membership.person.public_id], LookKind.UNMASKED, "核对转会材料", ["id_number"])
    html = phone.get("/mine/looks/").content.decode()
    for told in ("李春梅", "EAST-1工会", "工会干部", "核对转会材料", "证件号码"):
        assert told in html
    assert "李春梅" not in newcomer.get("/mine/looks/").content.decode()


def test_a_notice_is_read_by_opening_it_and_only_ones_own(phone: Client, newcomer: Client, member: Actor) -> None:
    message = Message.objects.create(user_id=member.user_id, kind="gone", link="/card/")
    assert newcomer.post("/mine/notices/open/", {"message": message.public_id}).status_code == 404
    message.refresh_from_db()
    assert message.read_at is None
    assert phone.post("/mine/notices/open/", {"message": message.public_id})["Location"] == "/card/"
    message.refresh_from_db()
    assert message.read_at is not None


def test_reading_a_page_writes_nothing(phone: Client, unchanged, member: Actor) -> None:  # type: ignore[no-untyped-def]
    Message.objects.create(user_id=member.user_id, kind="gone")
    with unchanged():
        for address in ["/", "/services/", *PRIVATE]:
            phone.get(address)


def test_i_can_sign_out_another_device_but_nobody_elses(phone: Client, newcomer: Client, member: Actor) -> None:
    user = User.objects.get(pk=member.user_id)
    lost = sessions.start(user=user, kind=SessionKind.MEMBER).session
    newcomer.post("/mine/devices/end/", {"session": lost.public_id})
    assert sessions.of_user(user).count() == 2
    phone.post("/mine/devices/end/", {"session": lost.public_id})
    assert sessions.of_user(user).count() == 1
    assert phone.get("/mine/").status_code == 200


def test_a_staff_session_is_nobody_on_the_portal(unions: dict[str, Union]) -> None:
    client = staff_client(an_officer([(unions["CITY"], "union_officer")]))
    assert client.get("/mine/")["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("address", ["/payments/", "/payments/account/"])
def test_who_is_not_known_yet_reads_how_to_name_an_account_later(phone: Client, newcomer: Client, address: str) -> None:
    page = newcomer.get(address)
    assert page.status_code == 200
    assert "还不能登记收款账户" in page.text
    assert 'class="button" href="/services/"' in page.text
    assert "还不能登记收款账户" not in phone.get(address).text
    assert newcomer.post("/payments/account/", {"bank": "甲银行", "account_number": "1"}).status_code == 403
