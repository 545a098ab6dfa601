"""The report card: figures of the union and all below, opened as far as the viewer may see."""

from __future__ import annotations

from tests.matrix.actors import READING
from tests.matrix.table import STAFF, Case, above, office

FINANCE = ("finance_preparer", "finance_releaser")
seen = above()
read = above(*READING, *FINANCE)
set_by = above("union_officer")
TARGET = {"value": "120", "reason": "本年度工作会议"}


def _opened(code, **more):
    return Case(STAFF, "union", sees=seen, may=read, args={"code": code}, **more)


ROWS = {
    "/console/report/": {"GET": (Case(STAFF, may=office(*READING, *FINANCE), refused=404),)},
    "/console/report/<str:public_id>/": {"GET": (Case(STAFF, "union", sees=seen, may=read),)},
    "/console/report/<str:public_id>/report.xlsx": {"GET": (Case(STAFF, "union", sees=seen, may=read),)},
    "/console/report/<str:public_id>/<str:code>/": {
        "GET": (
            _opened("joined"),
            _opened("applied"),
            _opened("nosuchfigure", done=(404,), only=("officer", "agent", "anonymous")),
        )
    },
    "/console/report/<str:public_id>/<str:code>/target/": {
        "GET": (Case(STAFF, "union", sees=seen, may=set_by, args={"code": "joined"}),),
        "POST": (
            Case(
                STAFF,
                "union",
                sees=seen,
                may=set_by,
                acts=set_by,
                done=(302,),
                args={"code": "joined"},
                body=lambda *_: TARGET,
            ),
        ),
    },
}
