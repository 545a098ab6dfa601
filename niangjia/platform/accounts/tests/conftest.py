"""People who sign in, the messages they receive, and the small site on which they do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pyotp
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import actors, second_factor, senders, sessions, staff_sign_in, users
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.testing.plugin import Clock

PHONE = "13812345678"
OTHER_PHONE = "13912345678"
PASSWORD = "four unrelated quiet words"
ADDRESS = "203.0.113.7"


@dataclass
class Phones:
    """What was sent to which phone, in order."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)

    def __call__(self, phone: str, code: str, purpose: str) -> None:
        self.sent.append((phone, code, purpose))

    def last(self, phone: str = PHONE) -> str:
        return [code for to, code, _purpose in self.sent if to == phone][-1]


@pytest.fixture
def sms(monkeypatch: pytest.MonkeyPatch) -> Phones:
    phones = Phones()
    monkeypatch.setattr(senders, "_senders", [])
    senders.register_sender(phones)
    return phones


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with the least work."""
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 8)
    monkeypatch.setattr(Argon2PasswordHasher, "parallelism", 1)


@pytest.fixture(autouse=True)
def no_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the commons register is tested there."""
    monkeypatch.setattr(actors, "_grants", [])
    monkeypatch.setattr(actors, "_person", [])


@pytest.fixture
def site(settings, clock: Clock) -> None:
    settings.ROOT_URLCONF = "niangjia.platform.accounts.tests.site"
    settings.MIDDLEWARE = [
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "niangjia.platform.accounts.middleware.ActorMiddleware",
    ]
    settings.CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"


@pytest.fixture
def browser(site: None) -> Client:
    return Client(REMOTE_ADDR=ADDRESS)


@pytest.fixture
def administrator() -> Actor:
    return Actor.system("test")


@pytest.fixture
def clerk(db: None, clock: Clock, administrator: Actor) -> User:
    """A member of staff with a password and no authenticator yet."""
    return users.create_staff(name="lin", display_name="林静", password=PASSWORD, actor=administrator)


@pytest.fixture
def enrolled(clerk: User) -> User:
    """The clerk with an authenticator."""
    clerk.totp_secret = pyotp.random_base32()
    clerk.save()
    return clerk


@pytest.fixture
def totp(clock: Clock) -> Callable[[User], str]:
    """What the authenticator of a user shows now."""
    return lambda user: pyotp.TOTP(user.totp_secret).at(clock.now)


@pytest.fixture
def pending(enrolled: User) -> Session:
    session, _token = staff_sign_in.check_password(name="lin", password=PASSWORD, address=ADDRESS)
    return session


@pytest.fixture
def at_work(pending: Session, totp: Callable[[User], str]) -> sessions.SignedIn:
    """A complete staff session."""
    return staff_sign_in.check_totp(session=pending, code=totp(pending.user))


@pytest.fixture
def enrol() -> Callable[[Session], sessions.SignedIn]:
    def bind(session: Session) -> sessions.SignedIn:
        from niangjia.kernel import clock as kernel_clock

        secret = second_factor.begin(session).secret
        return second_factor.confirm(session, pyotp.TOTP(secret).at(kernel_clock.now()))

    return bind
