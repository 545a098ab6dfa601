"""The API's own addresses: its description and signing in."""

from __future__ import annotations

from tests.matrix.table import MEMBER, PENDING, PUBLIC, SIGNED_IN, Case, anybody

FEW = ("anonymous", "waiting@EAST-1", "officer", "pending")


def _signed_in(who, _thing):
    return who.kind != "anonymous"


ROWS = {
    "/api/v1/openapi.json": {"GET": (Case(PUBLIC, only=FEW),)},
    "/api/v1/sign-in/code": {"POST": (Case(PUBLIC, acts=anybody, body=lambda *_: {"phone": "15400000078"}, only=FEW),)},
    "/api/v1/sign-in/member": {
        "POST": (
            Case(
                PUBLIC,
                done=(410, 422),
                only=FEW,
                logs=frozenset({"accounts_code"}),
                body=lambda *_: {"phone": "15400000078", "code": "123456", "ticket": "a" * 43},
            ),
        )
    },
    "/api/v1/sign-in/member/owner": {"POST": (Case(MEMBER, done=(409,), body=lambda *_: {"said": "1234"}, only=FEW),)},
    "/api/v1/sign-in/member/not-mine": {
        "POST": (Case(MEMBER, done=(403,), body=lambda *_: {"name": "吴新机"}, only=FEW),)
    },
    "/api/v1/sign-in/staff": {
        "POST": (Case(PUBLIC, done=(401,), body=lambda *_: {"name": "officer", "password": "wrong wrong"}, only=FEW),)
    },
    "/api/v1/sign-in/staff/second-factor": {
        "POST": (Case(PENDING, done=(401, 403, 409, 422), body=lambda *_: {"code": "123456"}, only=FEW),)
    },
    "/api/v1/sign-in/me": {"GET": (Case(SIGNED_IN),)},
    "/api/v1/sign-in": {"DELETE": (Case(PUBLIC, acts=_signed_in, done=(204,)),)},
}
