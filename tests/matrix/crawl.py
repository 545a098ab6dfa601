"""Calls one case as one actor on every object and judges the answers by the oracles of the matrix.

Each call is undone before the next, so the world never changes; what a call wrote is found by watching its statements
and comparing the tables they name with the fingerprint of the untouched world.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote

from django.db import connection, transaction

from niangjia.platform.testing import fingerprint
from tests.matrix.actors import READING, Who
from tests.matrix.table import MEMBER, PENDING, PUBLIC, SIGNED_IN, STAFF, Case, Row
from tests.matrix.world import Canary, Thing, World, line_of

READ_LOGS = frozenset(
    {"personal_data_look", "audit_auditentry", "personal_data_datakey", "requests_counter", "requests_answer"}
)
"""What a read that is allowed may write: the look that the person can read, the entry with the key under which its
reason is sealed, a limit, the stored answer."""
REFUSAL_LOGS = frozenset({"requests_counter"})
"""What a refused request may write: it is counted."""

FEW = ("anonymous", "waiting@EAST-1", "officer")
"""Who tries methods that an address does not have."""

_WRITE = re.compile(
    r'\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|DELETE\s+FROM|UPDATE(?=\s+"?\w+"?\s+SET))\s+"?(\w+)"?', re.IGNORECASE
)
_VOLATILE = re.compile(
    r'(name="(?:csrfmiddlewaretoken|idempotency_key)" value=")[^"]*|("trace": ?")[^"]*|(data-csrf=")[^"]*'
)
_NUMBER = re.compile(r"(?<![\w#.])\d+(?![\w.])")
_PLACE = re.compile(r"<\w+:(\w+)>|<(\w+)>")


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be. ``oracle`` is leak, change, told_apart, failure or status."""

    oracle: str
    route: str
    actor: str
    thing: str
    detail: str

    def __str__(self) -> str:
        return f"[{self.oracle}] {self.route} as {self.actor} on {self.thing}: {self.detail}"


@dataclass(frozen=True)
class Answer:
    """What came back, as text that can be searched, and the tables that the call changed."""

    status: int
    headers: str
    text: str
    location: str
    changed: frozenset[str]
    trace: str


@dataclass
class Crawler:
    """The matrix over one world; ``requests`` counts the calls. At a closed gate two callers of each kind knock.

    ``by_rights`` leaves out what no database can change: callers whose gate is closed, who are refused before anything
    is asked, and of those of one kind who may exactly the same all but the first.
    """

    world: World
    by_rights: bool = False
    before: fingerprint.Fingerprint = field(default_factory=fingerprint.fingerprint)
    requests: int = 0

    def row(self, path: str, row: Row, methods: set[str], actors: Mapping[str, Who]) -> Iterator[Finding]:
        """All cases of one address as all of ``actors``."""
        for method in sorted(methods | row.keys()):
            for case in row.get(method, ()):
                for who in self._callers(case, path, actors):
                    yield from self.case(path, method, case, who)
            if method not in row:
                yield from self._no_such_method(path, method, actors)

    def _callers(self, case: Case, path: str, actors: Mapping[str, Who]) -> list[Who]:
        callers = [who for name, who in actors.items() if not case.only or name in case.only]
        within = [who for who in callers if _gate(case, who.seen_at(path), path) is None]
        if not self.by_rights:
            return [*within, *_two_of_each_kind(who for who in callers if who not in within)]
        return list({(who.kind, self._rights(case, who.seen_at(path), path)): who for who in reversed(within)}.values())

    def _rights(self, case: Case, seen: Who, path: str) -> tuple[tuple[bool, bool, bool], ...]:
        """Of every object of a case: whether they see it, may with it, and change by it."""
        things: list[Thing | None] = [*self.world.things[case.thing]] if case.thing else [None]
        allowed = {thing: _allowed(case, seen, thing, path) for thing in things}
        return tuple((case.sees(seen, one), allowed[one], allowed[one] and case.acts(seen, one)) for one in things)

    def case(self, path: str, method: str, case: Case, who: Who) -> Iterator[Finding]:
        """One case as one actor on every object of its kind."""
        seen = who.seen_at(path)
        strange: list[tuple[Thing, str]] = []
        for thing in self._representative(case, seen, path):
            for query in case.queries:
                call = _Call(path, method, case, thing, query)
                answer = self.send(call, who, seen)
                yield from self.judge(call, seen, answer)
                if thing is not None and _gate(case, seen, path) is None and not case.sees(seen, thing):
                    strange.append((thing, _comparable(answer, thing.key)))
        yield from _told_apart(path, method, who, strange)
        yield from self._planted(path, method, case, who, seen)

    def pages(self, path: str, case: Case, actors: Mapping[str, Who], language: str) -> Iterator[tuple[str, str]]:
        """Who sees the page of a case, and its HTML in ``language``: the first member of staff or of the union who may,
        for each query; nothing where no HTML is answered."""
        things: list[Thing | None] = [*self.world.things[case.thing]] if case.thing else [None]
        seeing = ((who, thing) for who in actors.values() for thing in things)
        found = next(((w, t) for w, t in seeing if _allowed(case, w.seen_at(path), t, path)), None)
        for query in case.queries if found is not None else ():
            who, thing = found
            with undone():
                who.client.cookies = SimpleCookie({**dict(who.cookies), "niangjia_language": language})
                answer = who.client.get(self._address(_Call(path, "GET", case, thing, query)))
                if answer.status_code < 500 and "text/html" in answer.headers.get("Content-Type", ""):
                    yield who.name, answer.text

    def _representative(self, case: Case, seen: Who, path: str) -> list[Thing | None]:
        """Every object for who sees some of them; one that exists and one that does not for who sees none; a closed
        gate does not look at the object."""
        if not case.thing:
            return [None]
        things: list[Thing | None] = [*self.world.things[case.thing]]
        if _gate(case, seen, path) is not None:
            return things[:1]
        return things if any(case.sees(seen, thing) for thing in things[:-1]) else [things[0], things[-1]]

    def _planted(self, path: str, method: str, case: Case, who: Who, seen: Who) -> Iterator[Finding]:
        """Keys of foreign and of missing objects in the fields of an otherwise valid body."""
        things = self.world.things[case.thing] if case.thing else [None]
        own = next((t for t in things if _allowed(case, seen, t, path)), "none")
        if own == "none" or case.body is None:
            return
        for name, field_of in case.ids.items():
            answers: list[tuple[Thing, str]] = []
            for planted in self.world.things[field_of.kind]:
                if planted.exists and field_of.own(seen, planted):
                    continue
                call = _Call(path, method, replace(case, acts=_nobody), own, "", plant=(name, planted.key))
                answer = self.send(call, who, seen)
                yield from self.judge(call, seen, answer, statuses=False)
                if not planted.exists or not (field_of.sees or field_of.own)(seen, planted):
                    answers.append((planted, _comparable(answer, planted.key)))
            yield from _told_apart(f"{path} {name}=", method, who, answers)

    def _no_such_method(self, path: str, method: str, actors: Mapping[str, Who]) -> Iterator[Finding]:
        for who in (actors[name] for name in FEW if name in actors):
            call = _Call(path, method, Case(PUBLIC), None, "")
            answer = self.send(call, who, who.seen_at(path))
            if answer.status not in (405, 302, 401, 403) or answer.changed:
                yield Finding("status", f"{method} {path}", who.name, "-", f"{answer.status}, not a method of the row")

    def send(self, call: _Call, who: Who, seen: Who) -> Answer:
        """One request, undone afterwards."""
        self.requests += 1
        body = call.body(self.world, seen)
        who.client.cookies = SimpleCookie(dict(who.cookies))
        with undone() as written:
            response = _request(call, who, body, self._address(call))
            content = response.getvalue()
            changed = self._changed(written())
        headers = "\n".join(f"{k}: {v}" for k, v in response.headers.items())
        headers += "\n" + "\n".join(f"{name}={cookie.value}" for name, cookie in response.cookies.items())
        return Answer(
            response.status_code, unquote(headers), _text(content), unquote(response.headers.get("Location", "")),
            frozenset(changed), response.headers.get("X-Trace", ""),
        )  # fmt: skip

    def _changed(self, tables: set[str]) -> list[str]:
        """Which of ``tables`` are not as in the untouched world."""
        if not tables:
            return []
        now = fingerprint.fingerprint(ignore=self.before.keys() - tables)
        return [table for table in now if now[table] != self.before[table]]

    def _address(self, call: _Call) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            if name in call.case.args:
                return call.case.args[name]
            return call.thing.key if call.thing is not None else "nosuchthing0000000000000"

        return _PLACE.sub(value, call.path) + call.query

    def judge(self, call: _Call, seen: Who, answer: Answer, *, statuses: bool = True) -> Iterator[Finding]:
        """Every oracle but the comparison with a missing object."""
        case, thing = call.case, call.thing
        allowed = _allowed(case, seen, thing, call.path)
        if answer.status >= 500:
            yield call.finding("failure", seen, f"{answer.status}: {answer.text[:300]}")
            return
        expected = _expected(case, seen, thing, call.path)
        if statuses and answer.status not in expected:
            yield call.finding("status", seen, f"{answer.status} instead of {sorted(expected)}")
        elif answer.status == 302 and _gate(case, seen, call.path) is not None and not _to_sign_in(seen, answer):
            yield call.finding("status", seen, f"sent to {answer.location}, not to sign in")
        yield from self._changes(call, seen, answer, allowed=allowed)
        yield from self._leaks(call, seen, answer, allowed=allowed)

    def _changes(self, call: _Call, seen: Who, answer: Answer, *, allowed: bool) -> Iterator[Finding]:
        logged = (READ_LOGS if allowed else REFUSAL_LOGS) | call.case.logs
        changed = answer.changed - logged
        acts = allowed and call.case.acts(seen, call.thing)
        if changed and not acts:
            yield call.finding("change", seen, f"{answer.status}, changed {', '.join(sorted(changed))}")
        if acts and not changed:
            yield call.finding("status", seen, f"{answer.status}, but nothing changed: {answer.text[:200]}")

    def _leaks(self, call: _Call, seen: Who, answer: Answer, *, allowed: bool) -> Iterator[Finding]:
        asked = unquote(self._address(call)) + json.dumps(call.body(self.world, seen), ensure_ascii=False, default=str)
        met = [
            canary
            for canary in self.world.canaries
            if (canary.text in answer.text or canary.text in answer.headers)
            and canary.text not in asked
            and not _may_meet(seen, canary, unmasked=allowed and call.case.unmasks)
        ]
        if met:
            texts = ", ".join(f"{canary.text} of {canary.owner or canary.place}" for canary in met[:4])
            yield call.finding("leak", seen, f"{answer.status} shows {texts}" + (" …" if len(met) > 4 else ""))


@dataclass(frozen=True)
class _Call:
    path: str
    method: str
    case: Case
    thing: Thing | None
    query: str
    plant: tuple[str, str] | None = None

    def body(self, world: World, seen: Who) -> dict[str, Any]:
        filled = dict(self.case.body(world, seen, self.thing)) if self.case.body else {}
        if self.plant is not None:
            name, key = self.plant
            filled[name] = [key] if isinstance(filled[name], list) else key
        return filled

    def finding(self, oracle: str, seen: Who, detail: str) -> Finding:
        args = " ".join(self.case.args.values())
        route = f"{self.method} {self.path}{self.query}{' ' + args if args else ''}"
        thing = f"{self.thing.kind}@{self.thing.place or 'missing'}" if self.thing else "-"
        return Finding(oracle, route + (f" {self.plant[0]}=…" if self.plant else ""), seen.name, thing, detail)


def _to_sign_in(seen: Who, answer: Answer) -> bool:
    return ("second-factor" if seen.kind == "pending" else "sign-in") in answer.location


def _two_of_each_kind(callers: Iterable[Who]) -> Iterator[Who]:
    """Those who knock at a closed gate, which looks at nothing of a caller but the kind."""
    met = Counter[str]()
    for who in callers:
        met[who.kind] += 1
        if met[who.kind] <= 2:
            yield who


def _nobody(_who: Who, _thing: Thing | None) -> bool:
    return False


def _request(call: _Call, who: Who, body: dict[str, Any], address: str) -> Any:
    if address.startswith("/api/"):
        headers = {"Authorization": f"Bearer {who.token}"} if who.token else {}
        who.client.cookies = SimpleCookie()
        content = json.dumps(body) if body else ""
        headers["Idempotency-Key"] = "matrix-key-0123456789"
        return who.client.generic(call.method, address, content, content_type="application/json", headers=headers)
    if call.method == "POST":
        return who.client.post(address, {"idempotency_key": "matrix-key-0123456789", **body})
    return who.client.generic(call.method, address)


@contextmanager
def undone() -> Iterator[Any]:
    """Collect the tables that statements of the block write to, and undo the block."""
    tables: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        tables.update(_WRITE.findall(sql))
        return execute(sql, params, many, context)

    atomic = transaction.atomic()
    atomic._from_testcase = True  # as Django's own test cases: limits open a durable transaction of their own
    with atomic:
        with connection.execute_wrapper(watch):
            yield lambda: set(tables)
        transaction.set_rollback(True)


def _text(content: bytes) -> str:
    if not content.startswith(b"PK\x03\x04"):
        text = content.decode("utf-8", "replace")
        return json.dumps(json.loads(text), ensure_ascii=False) if text.startswith(("{", "[")) else text
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def _comparable(answer: Answer, key: str) -> str:
    """Status, place and body without what differs from answer to answer, and without the key that was asked for."""
    text = _VOLATILE.sub(lambda found: found[1] or found[2] or found[3], answer.text)
    if answer.trace:
        text = text.replace(answer.trace, "<trace>")
    whole = f"{answer.status} {answer.location} {text}"
    return _NUMBER.sub("<n>", whole) if key.isdigit() else whole.replace(key, "<key>")


def _told_apart(path: str, method: str, who: Who, answers: list[tuple[Thing, str]]) -> Iterator[Finding]:
    """The answers for what exists elsewhere must be those for what exists nowhere."""
    missing = [text for thing, text in answers if not thing.exists]
    for thing, text in answers:
        if missing and thing.exists and text not in missing:
            where = next((n for n, (a, b) in enumerate(zip(text, missing[0], strict=False)) if a != b), 0)
            start = max(0, where - 40)
            detail = f"…{text[start : where + 60]!r} but missing …{missing[0][start : where + 60]!r}"
            yield Finding("told_apart", f"{method} {path}", who.name, f"{thing.kind}@{thing.place}", detail)


def _may_meet(seen: Who, canary: Canary, *, unmasked: bool) -> bool:
    if seen.kind == "member":
        return seen.name == canary.owner
    line = tuple(line_of(canary.place))
    beside = canary.here and seen.reaches((canary.place,), *canary.here)
    reads = seen.kind == "staff" and (seen.reaches(line, *READING, *canary.also) or beside)
    return bool(reads) and (unmasked or not canary.secret)


def _gate(case: Case, seen: Who, path: str) -> set[int] | None:
    """The statuses of a closed gate; None when it is open to them."""
    api = path.startswith("/api/")
    if case.gate == PUBLIC:
        return None
    if seen.kind == "anonymous":
        return {401} if api else {302}
    if seen.kind == "pending" and case.gate != PENDING:
        return {403} if api else {302}
    kinds = {SIGNED_IN: ("member", "staff"), MEMBER: ("member",), STAFF: ("staff",), PENDING: ("staff", "pending")}
    return None if seen.kind in kinds[case.gate] else {403}


def _allowed(case: Case, seen: Who, thing: Thing | None, path: str) -> bool:
    there = thing is None or thing.exists
    return _gate(case, seen, path) is None and there and case.sees(seen, thing) and case.may(seen, thing)


def _expected(case: Case, seen: Who, thing: Thing | None, path: str) -> set[int]:
    closed = _gate(case, seen, path)
    if closed is not None:
        return closed
    if (thing is not None and not thing.exists) or not case.sees(seen, thing):
        return {case.hidden}
    return set(case.done) if case.may(seen, thing) else {case.refused}
