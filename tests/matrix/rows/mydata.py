"""我的信息: what the member sees and does with their own data, and how officers answer corrections."""

from __future__ import annotations

from tests.matrix.actors import A_KEY
from tests.matrix.table import MEMBER, Case, nobody

ROWS = {
    "/mine/data/": {"GET": (Case(MEMBER),)},
    "/mine/data/child/<slug:public_id>/": {
        "GET": (Case(MEMBER, "person", sees=nobody), Case(MEMBER, args={"public_id": A_KEY}, done=(404,)))
    },
}
