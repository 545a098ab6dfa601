"""Does the time of an answer tell who has an account? Known and unknown, asked in turn over one connection."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median, quantiles

from niangjia.kernel.identifiers import invented_phone
from niangjia.shells.bench.registry import Line, Options, Outcome, benchmark
from niangjia.shells.bench.stage import Stage, stage

UNLIMITED = {
    f"NIANGJIA_{name}": "1000000000"
    for name in (
        *("CODES_PER_MINUTE", "CODES_PER_HOUR", "CODES_PER_DAY", "CODES_PER_ADDRESS", "CODES_DAILY_BUDGET"),
        *("CODE_GUESSES", "CODE_GUESSES_PER_ADDRESS", "STAFF_PASSWORD_TRIES", "STAFF_TRIES_PER_ADDRESS"),
    )
}
"""The limits count as ever and never refuse; a refused request would be over sooner and prove nothing."""

KNOWN, DISABLED, UNKNOWN = (invented_phone(serial) for serial in (71, 72, 73))
_PEOPLE = f"""
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import phones, users
from niangjia.platform.accounts.models import User
bench = Actor.system("bench")
users.create_staff(name="known", display_name="known", password="four unlikely words here", actor=bench)
for phone in ("{KNOWN}", "{DISABLED}"):
    user = User.objects.create(phone=phone, phone_index=phones.index_of(phone))
users.disable(user, actor=bench, reason="bench")
"""

Ask = Callable[[], int]


@dataclass(frozen=True)
class Spread:
    """The answers of one kind in milliseconds: their median, and the half that lies around it."""

    middle: float
    lower: float
    upper: float


def in_turn(asks: Mapping[str, Ask], seconds: float) -> dict[str, Spread]:
    """Ask each in turn until ``seconds`` are over, so that whatever slows the machine slows all alike.

    Raises AssertionError when they are not answered by one status: then the status tells, and no clock is needed.
    """
    taken: dict[str, list[float]] = {name: [] for name in asks}
    statuses = {ask() for ask in asks.values()}
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or any(len(times) < 4 for times in taken.values()):
        for name, ask in asks.items():
            start = time.perf_counter()
            statuses.add(ask())
            taken[name].append((time.perf_counter() - start) * 1000)
    if len(statuses) != 1:
        raise AssertionError(f"answered by different statuses: {sorted(statuses)}")
    return {name: _spread(times) for name, times in taken.items()}


def _spread(times: Sequence[float]) -> Spread:
    lower, _middle, upper = quantiles(times, n=4)
    return Spread(median(times), lower, upper)


def lines(question: str, found: Mapping[str, Spread], unknown: str) -> list[Line]:
    """Medians, and how the others stand to the one that does not exist; 100 % tells nothing."""
    told = [Line(f"{question}, {name}: median", spread.middle, "ms") for name, spread in found.items()]
    base = found[unknown]
    told += [
        Line(f"{question}, {name} to {unknown}", spread.middle / base.middle * 100, "%")
        for name, spread in found.items()
        if name != unknown
    ]
    return [*told, Line(f"{question}, middle half of {unknown}", base.upper - base.lower, "ms wide")]


@benchmark("sign_in", "whether the time of an answer tells known from unknown phones and staff names")
def sign_in(options: Options) -> Outcome:
    found: list[Line] = []
    with stage(extra=UNLIMITED) as place:
        place.niangjia("manage", "shell", "--no-imports", "-c", _PEOPLE)
        for question, asks in _questions(place).items():
            found += lines(question, in_turn(asks, options["seconds"]), "unknown")
    return Outcome(found)


def _questions(place: Stage) -> dict[str, dict[str, Ask]]:
    phones = {"known": KNOWN, "disabled": DISABLED, "unknown": UNKNOWN}
    send = _asker(place)

    def sending(phone: str) -> Ask:
        return lambda: send("code", {"phone": phone})

    def guessing(phone: str) -> Ask:
        return lambda: send("member", {"phone": phone, "code": "000000", "ticket": "t" * 20})

    def password(name: str) -> Ask:
        return lambda: send("staff", {"name": name, "password": "not this one"})

    return {
        "send a code": {name: sending(phone) for name, phone in phones.items()},
        "guess a code": {name: guessing(phone) for name, phone in phones.items()},
        "wrong password": {name: password(name) for name in ("known", "unknown")},
    }


def _asker(place: Stage) -> Callable[[str, Mapping[str, str]], int]:
    connection = HTTPConnection("127.0.0.1", place.port, timeout=30)

    def send(path: str, body: Mapping[str, str]) -> int:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/sign-in/{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return send
