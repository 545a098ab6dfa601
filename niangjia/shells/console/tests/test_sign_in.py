import pyotp
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import users
from niangjia.platform.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "four unrelated quiet words"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 8)
    monkeypatch.setattr(Argon2PasswordHasher, "parallelism", 1)


@pytest.fixture
def staff(db: None) -> User:
    user = users.create_staff(name="chunmei", display_name="李春梅", password=PASSWORD, actor=Actor.system("test"))
    user.totp_secret = pyotp.random_base32()
    user.save()
    return user


def now_code(secret: str) -> str:
    return pyotp.TOTP(secret).at(kernel_clock.now())


def test_password_then_authenticator_open_the_console_where_one_wanted_to_go(staff: User) -> None:
    client = Client()
    first = client.post("/console/sign-in/", {"name": "chunmei", "password": PASSWORD, "next": "/console/notices/"})
    assert first["Location"] == "/console/second-factor/?next=%2Fconsole%2Fnotices%2F"
    assert client.get("/console/")["Location"].startswith("/console/second-factor/")
    done = client.post("/console/second-factor/", {"totp": now_code(staff.totp_secret), "next": "/console/notices/"})
    assert done["Location"] == "/console/notices/"
    assert client.get("/console/notices/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_read_the_same(staff: User) -> None:
    wrong = Client().post("/console/sign-in/", {"name": "chunmei", "password": "not this one at all"})
    unknown = Client().post("/console/sign-in/", {"name": "nobody", "password": "not this one at all"})
    assert wrong.status_code == unknown.status_code == 422
    assert "error-summary" in wrong.content.decode()
    assert wrong.context["form"].errors == unknown.context["form"].errors


def test_a_wrong_code_is_said_beside_its_field(staff: User) -> None:
    client = Client()
    client.post("/console/sign-in/", {"name": "chunmei", "password": PASSWORD})
    right = now_code(staff.totp_secret)
    answer = client.post("/console/second-factor/", {"totp": "000000" if right != "000000" else "111111"})
    assert answer.status_code == 422
    assert 'id="id_totp_error"' in answer.content.decode()


def test_the_first_time_an_authenticator_is_bound_by_picture_or_key(db: None) -> None:
    users.create_staff(name="first", display_name="初来", password=PASSWORD, actor=Actor.system("test"))
    client = Client()
    answer = client.post("/console/sign-in/", {"name": "first", "password": PASSWORD})
    assert answer["Location"] == "/console/second-factor/set-up/"
    page = client.get("/console/second-factor/set-up/")
    secret = str(page.context["secret"]).replace(" ", "")
    html = page.content.decode()
    assert "<svg" in html
    assert "style=" not in html
    assert client.post("/console/second-factor/set-up/", {"totp": now_code(secret)})["Location"] == "/console/"
    assert client.get("/console/").status_code == 200


def test_signing_out_of_the_console_ends_the_session(staff: User) -> None:
    client = Client()
    client.post("/console/sign-in/", {"name": "chunmei", "password": PASSWORD})
    client.post("/console/second-factor/", {"totp": now_code(staff.totp_secret)})
    token = client.cookies["niangjia_staff"].value
    client.post("/console/sign-out/")
    client.cookies["niangjia_staff"] = token
    assert client.get("/console/")["Location"].startswith("/console/sign-in/")
