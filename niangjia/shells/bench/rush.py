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
from collections.abc import Iterator, Sequence
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
KILL_SECONDS = 0.7
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
    steady = [AMPLE] * (3 * ROUNDS + 2)
    rushes = [stock] * (2 * ROUNDS + 1)
    with _arena(options, [*steady, *rushes, 0]) as arena:
        for bare in (False, True):
            arena.drive(bare=bare, seconds=1.0)
        rounds = [_steady_round(arena, seconds) for _number in range(ROUNDS)]
        races = [(_race(arena, stock, bare=False), _race(arena, stock, bare=True)) for _number in range(ROUNDS)]
        killed = _race(arena, stock, bare=False, kill=True)
        sold_out, empty = _sold_out(arena, seconds)
        books = _books(arena)
        statements = _statements(arena)
    return _outcome(rounds, races, killed, sold_out, books | {"lost": _lost(races, killed)}, statements, empty)


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
            os.kill(random.choice(workers), signal.SIGKILL)
            self.kills += 1


def _workers_of(port: int) -> list[int]:
    """The processes below the server that was started with ``--port``."""
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


def _sold_out(arena: Arena, seconds: float) -> tuple[Driven, int]:
    """Everybody asks for what is gone."""
    crowd = Everybody(arena.ground, len(arena.ground.rushes) - 1, bare=False, fixed_place=0)
    driven, _crowd = arena.drive(bare=False, seconds=seconds, crowd=crowd)
    return driven, len(crowd.won)


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
    from niangjia.services.offers import hot
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
        crowd = Everybody(arena.ground, 0, bare=False, aim=200)
        crowd.rush = arena._next_rush() if arena.taken < len(arena.ground.rushes) - 1 else 0
        connection.execute("SELECT pg_stat_statements_reset()")
        driven = Drive(arena.place.port, 4).run(crowd, 20)
        rows = connection.execute(
            "SELECT query, calls FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'"
        ).fetchall()
    made = max(1, driven.count(201))
    calls = sum(calls for _query, calls in rows)
    writing = sum(calls for query, calls in rows if "INSERT" in query or "UPDATE" in query)
    return round(calls / made), round(writing / made)


def _outcome(
    rounds: Sequence[Round],
    races: Sequence[tuple[Race, Race]],
    killed: Race,
    sold_out: Driven,
    books: dict[str, int],
    statements: tuple[int, int],
    empty: int,
) -> Outcome:
    ratios = [_rate(each.ours) / _rate(each.bare) for each in rounds]
    cpu = [_cpu(each.ours) for each in rounds]
    cpu_ratios = [_cpu(each.ours) / _cpu(each.bare) for each in rounds]
    ours, bare = [race.driven.seconds for race, _bare in races], [race.driven.seconds for _ours, race in races]
    refusals = sold_out.count(409) / sold_out.seconds
    refusal_cpu = sold_out.cpu_seconds * 1000 / max(1, sold_out.count(409))
    middle = statistics.median
    summary = {
        "requests_per_s": round(middle(_rate(each.ours) for each in rounds), 1),
        "p50_ms": round(middle(each.ours.percentile(0.5) for each in rounds), 1),
        "p99_ms": round(middle(each.ours.percentile(0.99) for each in rounds), 1),
        "bare_requests_per_s": round(middle(_rate(each.bare) for each in rounds), 1),
        "ratio": round(middle(ratios), 3),
        "cpu_ms": round(middle(cpu), 3),
        "cpu_ratio": round(middle(cpu_ratios), 3),
        "sql_per_reservation": statements[0],
        "generator_cpu_share": round(middle(each.ours.own_share for each in rounds), 3),
        **books,
        "rush_seconds": round(middle(ours), 2),
        "rush_ratio": round(middle(ours) / middle(bare), 2),
        "refusal_cpu_ratio": round(refusal_cpu / middle(cpu), 3),
    }
    lines = [
        Line("reservations", middle(_rate(each.ours) for each in rounds), "1/s"),
        Line("bare view", middle(_rate(each.bare) for each in rounds), "1/s"),
        Line("bare statement", middle(each.database_per_s for each in rounds), "1/s"),
        Line("lowest ratio to the bare view", min(ratios) * 100, "%"),
        Line("highest ratio to the bare view", max(ratios) * 100, "%"),
        Line("processor for a reservation", middle(cpu), "ms"),
        Line("processor in the bare view", middle(_cpu(each.bare) for each in rounds), "ms"),
        Line("refusals when sold out", refusals, "1/s"),
        Line("processor for a refusal", refusal_cpu, "ms"),
        Line("sold out in", middle(ours), "s"),
        Line("sold out in, bare view", middle(bare), "s"),
        Line("workers killed in the last rush", killed.kills, ""),
        Line("requests asked again there", killed.driven.retried, ""),
        Line("acknowledged there", killed.acknowledged, ""),
        Line("sold though empty", empty, ""),
        Line("writing statements", statements[1], ""),
    ]
    return Outcome(lines, summary)


def _rate(driven: Driven) -> float:
    return driven.count(201) / driven.seconds


def _cpu(driven: Driven) -> float:
    return driven.cpu_seconds * 1000 / max(1, driven.count(201))
