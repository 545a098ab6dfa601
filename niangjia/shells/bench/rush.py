"""``niangjia bench reserve``: the rush on the real server, beside the bare view and the bare database, in turns.

Three things are compared on one throw-away, durable PostgreSQL: the real endpoint behind the whole stack; a Django view
without middleware that executes the same complete statement (``bare``); the statement alone over plain connections.
Each round gives every one of them a campaign of its own with the same stock, so that nothing has to be put back.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from niangjia.kernel.processes import end_group, free_port, tied_to_parent
from niangjia.shells.bench.bare import GROUND
from niangjia.shells.bench.drive import Ask, Drive, Driven, body_of
from niangjia.shells.bench.registry import Line, Options, Outcome, benchmark
from niangjia.shells.bench.seed_rush import Ground
from niangjia.shells.bench.stage import Stage, stage

ROUNDS = 3
WORKERS, THREADS = 2, 4
KILL_SECONDS = 3.0
"""The server gives up when a worker that it has just started dies again within 5.5 seconds; there are two in turn."""

LONGEST_RUSH = 120.0
AMPLE = 1_000_000


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--clients", type=int, default=64, help="connections at once")
    parser.add_argument("--members", type=int, default=20_000, help="members in the crowd")
    parser.add_argument("--stock", type=int, default=7_000, help="pieces of the rush, in 13 kinds at 10 sites")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each steady load lasts")


@dataclass
class Everybody:
    """Members one after another, each once, at places drawn by chance; a place known to be empty is passed over.

    ``aim`` ends it after so many pieces. A member who found a place empty tries another one.
    """

    ground: Ground
    rush: int
    bare: bool
    aim: int = 0
    fixed_place: int | None = None
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    won: dict[int, str] = field(default_factory=dict)
    refused: int = 0
    _waiting: list[int] = field(default_factory=list)
    _open: list[int] = field(default_factory=list)
    _tries: int = 0
    _under_way: int = 0

    def __post_init__(self) -> None:
        self._waiting = list(range(len(self.ground.members)))
        self.chance.shuffle(self._waiting)
        self._open = list(range(len(self.ground.rushes[self.rush].places)))

    def next(self) -> Ask | None:
        if not self._waiting or not self._open or (self.aim and len(self.won) + self._under_way >= self.aim):
            return None
        member = self._waiting.pop()
        place = self.chance.choice(self._open) if self.fixed_place is None else self.fixed_place
        self._tries += 1
        self._under_way += 1
        return Ask(member, place, self._request(member, place))

    def heard(self, ask: Ask, status: int, body: bytes) -> None:
        self._under_way -= 1
        if status in (200, 201):
            self.won[ask.member] = str(body_of(body)["id"])
            return
        self.refused += 1
        if status != 409:
            raise RuntimeError(f"{status}: {body[:300]!r}")
        if self.fixed_place is None and ask.place in self._open:
            self._open.remove(ask.place)
        self._waiting.insert(0, ask.member)

    def over(self) -> bool:
        if self.aim:
            return len(self.won) >= self.aim or (not self._open and not self._under_way)
        return not self._waiting and not self._under_way

    def _request(self, member: int, place: int) -> bytes:
        key = f"k{self.rush}-{member}-{place}-{self._tries}"
        rush, who = self.ground.rushes[self.rush], self.ground.members[member]
        if self.bare:
            return _post(f"/{self.rush}/{place}/{member}/", key, "", b"{}")
        where = rush.places[place]
        body = json.dumps({"item": where.item, "site": where.site, "day": where.day, "quantity": 1}).encode()
        return _post(f"/api/v1/offers/campaigns/{rush.campaign}/reservations", key, who.token, body)


def _post(path: str, key: str, token: str, body: bytes) -> bytes:
    head = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: keep-alive",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Idempotency-Key: {key}",
    ]
    if token:
        head.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*head, "", ""]).encode() + body


@dataclass
class Arena:
    """The two servers and the ground they stand on. ``taken`` campaigns are used up in order."""

    place: Stage
    bare_port: int
    ground: Ground
    clients: int
    taken: int = 0

    def drive(self, *, bare: bool, aim: int = 0, seconds: float, crowd: Everybody | None = None) -> tuple[Driven, Any]:
        found = crowd or Everybody(self.ground, self._next_rush(), bare, aim)
        port = self.bare_port if bare else self.place.port
        return Drive(port, self.clients).run(found, seconds), found

    def _next_rush(self) -> int:
        self.taken += 1
        return self.taken - 1


@contextmanager
def _arena(options: Options, stocks: Sequence[int]) -> Iterator[Arena]:
    counting = {"shared_preload_libraries": "pg_stat_statements"}
    with stage(workers=WORKERS, threads=THREADS, settings=counting) as place:
        members = str(options["members"])
        text = place.niangjia("manage", "seed_rush", "--members", members, *map(str, stocks))
        file = Path(place.env["NIANGJIA_VAR"]) / "ground.json"
        file.write_text(text)
        port = free_port()
        with _bare_server(place, port, file):
            yield Arena(place, port, Ground.from_json(text), options["clients"])


@contextmanager
def _bare_server(place: Stage, port: int, ground: Path) -> Iterator[None]:
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "niangjia.shells.bench.bare", str(port), str(WORKERS), str(THREADS)],
        env={**place.env, GROUND: str(ground)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=tied_to_parent(),
    )
    try:
        Drive(port)._connect().close()
        yield
    finally:
        end_group(server)


@benchmark("reserve", "the rush: reservations beside a bare view and the bare statement", arguments=_arguments)
def reserve(options: Options) -> Outcome:
    stock, seconds = options["stock"], options["seconds"]
    steady, rushes = [AMPLE] * (3 * ROUNDS + 3), [stock] * (2 * ROUNDS + 1)
    with _arena(options, [*steady, *rushes, 0]) as arena:
        for bare in (False, True):
            arena.drive(bare=bare, seconds=1.0)
        statements = _statements(arena)
        rounds = [_steady_round(arena, seconds) for _number in range(ROUNDS)]
        races = [(_race(arena, stock, bare=False), _race(arena, stock, bare=True)) for _number in range(ROUNDS)]
        killed = _race(arena, stock, bare=False, kill=True)
        sold_out = _sold_out(arena, seconds)
        books = _books(arena) | {"lost": _lost(races, killed)}
    found = Found(rounds, races, killed, sold_out, books, statements, _embedded(options))
    return Outcome(found.lines(), found.summary())


def _embedded(options: Options) -> float:
    """Reservations a second on SQLite, by the portable form behind the same endpoint."""
    with stage(workers=WORKERS, threads=THREADS, embedded=True) as place:
        members = min(2_000, options["members"])
        ground = Ground.from_json(place.niangjia("manage", "seed_rush", "--members", str(members), str(AMPLE)))
        arena = Arena(place, 0, ground, options["clients"])
        return _rate(arena.drive(bare=False, seconds=options["seconds"])[0])


@dataclass(frozen=True)
class Round:
    """Ours, the bare view and the bare statement, one after another."""

    ours: Driven
    bare: Driven
    database_per_s: float


def _steady_round(arena: Arena, seconds: float) -> Round:
    ours, _crowd = arena.drive(bare=False, seconds=seconds)
    bare, _crowd = arena.drive(bare=True, seconds=seconds)
    return Round(ours, bare, _database(arena, seconds))


@dataclass(frozen=True)
class Race:
    """One campaign sold out; ``acknowledged`` is what phones were told, ``stored`` what the database holds."""

    driven: Driven
    acknowledged: int
    missing: int
    kills: int = 0


def _race(arena: Arena, stock: int, *, bare: bool, kill: bool = False) -> Race:
    crowd = Everybody(arena.ground, arena._next_rush(), bare, stock)
    killer = _Killer(arena.place.port) if kill else None
    port = arena.bare_port if bare else arena.place.port
    driven = Drive(port, arena.clients, each=killer if killer else lambda: None).run(crowd, LONGEST_RUSH)
    return Race(driven, len(crowd.won), _not_stored(arena, crowd), killer.kills if killer else 0)


@dataclass
class _Killer:
    """Kills a web worker with -9 every now and then; the server starts another."""

    port: int
    kills: int = 0
    _last: float = field(default_factory=time.monotonic)

    def __call__(self) -> None:
        if time.monotonic() - self._last < KILL_SECONDS:
            return
        self._last = time.monotonic()
        workers = _workers_of(self.port)
        if workers:
            os.kill(min(workers), signal.SIGKILL)
            self.kills += 1


def _workers_of(port: int) -> list[int]:
    """The processes below the server that was started with ``--port``, which serve requests."""
    found, masters = {}, set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if b"serve" in command and str(port).encode() in command:
            masters.add(int(folder.name))
    tops = {pid for pid in masters if found.get(pid) not in masters}
    return [pid for pid, parent in found.items() if parent in tops and _is_python(pid)]


def _is_python(pid: int) -> bool:
    try:
        return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _sold_out(arena: Arena, seconds: float) -> Driven:
    """Everybody asks for what is gone."""
    crowd = Everybody(arena.ground, len(arena.ground.rushes) - 1, bare=False, fixed_place=0)
    driven, _crowd = arena.drive(bare=False, seconds=seconds, crowd=crowd)
    if crowd.won:
        raise RuntimeError("something was sold that was not there")
    return driven


def _database(arena: Arena, seconds: float) -> float:
    """The complete statement over plain prepared connections: writes a second."""
    rush = arena._next_rush()
    done = [0] * 8
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_write_alone, args=(arena, rush, number, len(done), until, done))
        for number in range(len(done))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


def _write_alone(arena: Arena, rush: int, number: int, of: int, until: float, done: list[int]) -> None:
    from niangjia.platform.lifecycle.statements import typed
    from niangjia.services.offers.rush import hot
    from niangjia.shells.bench import bare_view

    bare_view.ground.cache_clear()
    os.environ[GROUND] = str(Path(arena.place.env["NIANGJIA_VAR"]) / "ground.json")
    chance = random.Random(number)
    places = len(arena.ground.rushes[rush].places)
    with psycopg.connect(arena.place.env["DATABASE_URL"], autocommit=True) as connection:
        for member in range(number, len(arena.ground.members), of):
            if time.perf_counter() > until:
                return
            values = bare_view.statement(rush, chance.randrange(places), member, f"d{rush}-{member}")
            connection.execute(hot.RESERVE.sql, typed(values), prepare=True)
            done[number] += 1


def _ask(arena: Arena, sql: str, parameters: Sequence[Any] = ()) -> Any:
    with psycopg.connect(arena.place.env["DATABASE_URL"], autocommit=True) as connection:
        row = connection.execute(sql.encode(), parameters).fetchone()
        return row[0] if row else None


def _not_stored(arena: Arena, crowd: Everybody) -> int:
    """How many acknowledged reservations the database does not hold."""
    column = "id::text" if crowd.bare else "public_id"
    found = _ask(
        arena,
        f"SELECT count(*) FROM offers_reservation WHERE campaign_id = %s AND {column} = ANY(%s)",  # noqa: S608
        [arena.ground.rushes[crowd.rush].campaign_id, list(crowd.won.values())],
    )
    return len(crowd.won) - int(found)


def _books(arena: Arena) -> dict[str, int]:
    """What must be nought after everything: cells over their size, persons with two, ledger unequal to states."""
    return {
        "oversold": int(_ask(arena, "SELECT count(*) FROM offers_cell WHERE taken > size + extra")),
        "double": int(
            _ask(
                arena,
                "SELECT count(*) FROM (SELECT 1 FROM offers_reservation GROUP BY campaign_id, person_id"
                " HAVING count(*) > 1) twice",
            )
        ),
        "drift": int(
            _ask(
                arena,
                "SELECT abs((SELECT count(*) FROM offers_reservation) - (SELECT sum(taken) FROM offers_cell))"
                " + abs((SELECT count(*) FROM offers_reservation) - (SELECT count(*) FROM ledger_row"
                " WHERE measure = 'offers.reserved'))",
            )
        ),
    }


def _lost(races: Sequence[tuple[Race, Race]], killed: Race) -> int:
    return killed.missing + sum(race.missing for pair in races for race in pair)


def _statements(arena: Arena) -> tuple[int, int]:
    """Statements for one reservation over HTTP, and how many of them write, from the counts of PostgreSQL itself."""
    with psycopg.connect(arena.place.env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("SELECT pg_stat_statements_reset()")
        crowd = Everybody(arena.ground, arena._next_rush(), bare=False, aim=1_000)
        driven = Drive(arena.place.port, 4).run(crowd, LONGEST_RUSH)
        rows = connection.execute(
            "SELECT query, calls FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'"
            " AND query NOT LIKE 'SELECT 1 FROM ONLY %FOR KEY SHARE%'"  # the database's own look at foreign keys
        ).fetchall()
    made = max(1, driven.count(201))
    writing = sum(calls for query, calls in rows if "INSERT" in query or "UPDATE" in query)
    return round(sum(calls for _query, calls in rows) / made), round(writing / made)


@dataclass(frozen=True)
class Found:
    """Everything that was measured."""

    rounds: Sequence[Round]
    races: Sequence[tuple[Race, Race]]
    killed: Race
    sold_out: Driven
    books: dict[str, int]
    statements: tuple[int, int]
    embedded_per_s: float

    def summary(self) -> dict[str, int | float]:
        """The flat object that ends the output; rates, times and shares are medians over the rounds."""
        ours = [each.ours for each in self.rounds]
        return {
            "requests_per_s": round(_middle(_rate(each) for each in ours), 1),
            "p50_ms": round(_middle(each.percentile(0.5) for each in ours), 1),
            "p99_ms": round(_middle(each.percentile(0.99) for each in ours), 1),
            "bare_requests_per_s": round(_middle(_rate(each.bare) for each in self.rounds), 1),
            "ratio": round(_middle(self.ratios), 3),
            "cpu_ms": round(_middle(_cpu(each) for each in ours), 3),
            "cpu_ratio": round(_middle(_cpu(each.ours) / _cpu(each.bare) for each in self.rounds), 3),
            "sql_per_reservation": self.statements[0],
            "generator_cpu_share": round(_middle(each.own_share for each in ours), 3),
            **self.books,
            "rush_seconds": round(self.rush_seconds(0), 2),
            "rush_ratio": round(self.rush_seconds(0) / self.rush_seconds(1), 2),
            "refusal_cpu_ratio": round(self.refusal_cpu / _middle(_cpu(each) for each in ours), 3),
            "sqlite_requests_per_s": round(self.embedded_per_s, 1),
        }

    def lines(self) -> list[Line]:
        """The same for people, and what stands behind it."""
        middle = [
            ("reservations", _middle(_rate(each.ours) for each in self.rounds), "1/s"),
            ("bare view", _middle(_rate(each.bare) for each in self.rounds), "1/s"),
            ("bare statement", _middle(each.database_per_s for each in self.rounds), "1/s"),
            ("processor for a reservation", _middle(_cpu(each.ours) for each in self.rounds), "ms"),
            ("processor in the bare view", _middle(_cpu(each.bare) for each in self.rounds), "ms"),
        ]
        rest = [
            ("lowest ratio to the bare view", min(self.ratios) * 100, "%"),
            ("highest ratio to the bare view", max(self.ratios) * 100, "%"),
            ("statements, of them writing", self.statements[1], ""),
            ("refusals when sold out", self.sold_out.count(409) / self.sold_out.seconds, "1/s"),
            ("processor for a refusal", self.refusal_cpu, "ms"),
            ("sold out in", self.rush_seconds(0), "s"),
            ("sold out in, bare view", self.rush_seconds(1), "s"),
            ("workers killed in the last rush", self.killed.kills, ""),
            ("requests asked again there", self.killed.driven.retried, ""),
            ("acknowledged there", self.killed.acknowledged, ""),
            ("reservations on SQLite", self.embedded_per_s, "1/s"),
        ]
        return [Line(*each) for each in [*middle, *rest]]

    @property
    def ratios(self) -> list[float]:
        return [_rate(each.ours) / _rate(each.bare) for each in self.rounds]

    @property
    def refusal_cpu(self) -> float:
        return self.sold_out.cpu_seconds * 1000 / max(1, self.sold_out.count(409))

    def rush_seconds(self, which: int) -> float:
        """How long the stock lasted: ours (0), the bare view's (1)."""
        return _middle(pair[which].driven.seconds for pair in self.races)


def _middle(values: Iterable[float]) -> float:
    return statistics.median(values)


def _rate(driven: Driven) -> float:
    return driven.count(201) / driven.seconds


def _cpu(driven: Driven) -> float:
    return driven.cpu_seconds * 1000 / max(1, driven.count(201))
