"""The report card: figures of the union and all below, opened as far as the viewer may see."""

from __future__ import annotations

from dataclasses import replace

from tests.matrix.actors import READING
from tests.matrix.table import STAFF, Case, above, office

FINANCE = ("finance_preparer", "finance_releaser")
seen = above()
read = above(*READING, *FINANCE)
set_by = above("union_officer")
REASON = {"reason": "年度统计公报定稿"}
TARGET = {"value": "120", "reason": "本年度工作会议"}


def _opened(code, **more):
    return Case(STAFF, "union", sees=seen, may=read, args={"code": code}, **more)


RESTATED = Case(STAFF, "union", sees=seen, may=set_by, done=(404,), args={"code": "joined"})

ROWS = {
    "/console/report/": {"GET": (Case(STAFF, may=office(*READING, *FINANCE), refused=404),)},
    "/console/report/<str:public_id>/": {"GET": (Case(STAFF, "union", sees=seen, may=read),)},
    "/console/report/<str:public_id>/report.xlsx": {"GET": (Case(STAFF, "union", sees=seen, may=read),)},
    "/console/report/<str:public_id>/report.docx": {"GET": (Case(STAFF, "union", sees=seen, may=read),)},
    "/console/report/<str:public_id>/outlines.json": {"GET": (Case(STAFF, "union", sees=seen, may=read),)},
    "/console/report/<str:public_id>/press/": {"GET": (Case(STAFF, "union", sees=seen, may=read),)},
    "/console/report/<str:public_id>/<str:code>/chart.svg": {"GET": (_opened("joined"),)},
    "/console/report/<str:public_id>/targets/": {
        "GET": (Case(STAFF, "union", sees=seen, may=set_by),),
        "POST": (
            # Nothing is filled in: the officer gets the table back as saved, everybody else is refused before it.
            Case(STAFF, "union", sees=seen, may=set_by, done=(302,), body=lambda *_: {"reason": "本年度工作会议"}),
        ),
    },
    "/console/report/<str:public_id>/freeze/": {
        "GET": (Case(STAFF, "union", sees=seen, may=set_by),),
        "POST": (
            Case(
                STAFF,
                "union",
                sees=seen,
                may=set_by,
                acts=set_by,
                done=(302,),
                queries=("?period=2020",),
                body=lambda *_: REASON,
            ),
        ),
    },
    "/console/report/<str:public_id>/<str:code>/restate/": {
        # Nothing is frozen in this world: who may restate hears that, everybody else is refused before it.
        "GET": (RESTATED,),
        "POST": (replace(RESTATED, body=lambda *_: REASON),),
    },
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
