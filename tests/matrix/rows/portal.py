"""The portal: what anybody may open, and what is each member's own."""

from __future__ import annotations

from tests.matrix.actors import A_KEY
from tests.matrix.table import MEMBER, PUBLIC, Case, Planted, members, nobody, owner

FEW = ("anonymous", "waiting@EAST-1", "officer")


def _stranger(who, _thing):
    return who.kind == "anonymous"


def _noticed(who, _thing):
    return who.kind == "member" and "@" in who.name


def _with_second_device(who, _thing):
    return who.kind == "member" and who.name.startswith("waiting@")


def _own(kind):
    """The key of one's own object of ``kind``, else one that does not exist."""
    return lambda world, who: next((t.key for t in world.things[kind] if t.owner == who.name), A_KEY)


def _own_notice(world, who, _thing):
    return {"message": _own("notice")(world, who)}


def _own_device(world, who, _thing):
    return {"session": _own("session")(world, who)}


def _an_address(_world, _who, _thing):
    return {"email": "somebody@example.com"}


def _page(**more):
    return {"GET": (Case(MEMBER, **more),)}


ROWS = {
    "/": {"GET": (Case(PUBLIC),)},
    "/services/": {"GET": (Case(PUBLIC),)},
    "/card/": _page(),
    "/mine/": _page(),
    "/mine/progress/": _page(),
    "/mine/looks/": _page(queries=("", "?page=2")),
    "/mine/notices/": _page(),
    "/mine/email/": {
        **_page(),
        "POST": (
            Case(MEMBER, acts=members, done=(302,), body=_an_address),
            Case(MEMBER, done=(422,), body=lambda *_: {"email": "no address"}, only=FEW),
        ),
    },
    "/mine/devices/": _page(),
    "/mine/notices/open/": {
        "POST": (
            Case(
                MEMBER,
                sees=_noticed,
                acts=_noticed,
                done=(302,),
                body=_own_notice,
                ids={"message": Planted("notice", owner)},
            ),
        )
    },
    "/mine/notices/read/": {"POST": (Case(MEMBER, acts=_noticed, done=(302,)),)},
    "/mine/devices/end/": {
        "POST": (
            Case(
                MEMBER,
                acts=_with_second_device,
                done=(302,),
                body=_own_device,
                ids={"session": Planted("session", owner)},
            ),
        )
    },
    "/sign-in/": {
        "GET": (Case(PUBLIC, done=(200, 302)),),
        "POST": (
            Case(PUBLIC, done=(302,), acts=_stranger, body=lambda *_: {"phone": "15400000077"}, only=FEW),
            Case(PUBLIC, done=(302, 422), acts=nobody, body=lambda *_: {"phone": "abc"}, only=FEW),
        ),
    },
    "/sign-in/code/": {
        "GET": (Case(PUBLIC, done=(302,)),),
        "POST": (Case(PUBLIC, done=(302,), body=lambda *_: {"code": "123456"}, only=FEW),),
    },
    "/sign-in/owner/": {
        "GET": (Case(MEMBER, done=(302,)),),
        "POST": (Case(MEMBER, done=(302,), body=lambda *_: {"said": "1234"}, only=FEW),),
    },
    "/sign-in/not-mine/": {
        "GET": (Case(MEMBER, done=(302,)),),
        "POST": (Case(MEMBER, done=(302,), body=lambda *_: {"name": "吴新机"}, only=FEW),),
    },
    "/sign-out/": {"POST": (Case(PUBLIC, acts=members, done=(302,)),)},
    "/language/": {
        "GET": (Case(PUBLIC, done=(302,), queries=("?language=en",), only=FEW),),
        "POST": (Case(PUBLIC, done=(302,), body=lambda *_: {"language": "en"}, only=FEW),),
    },
    "/display/": {
        "GET": (Case(PUBLIC, done=(302,), queries=("?theme=dark",), only=FEW),),
        "POST": (Case(PUBLIC, done=(302,), body=lambda *_: {"theme": "dark"}, only=FEW),),
    },
}
