"""The audit trail and the work in the background: for one administrator each."""

from __future__ import annotations

from tests.matrix.table import STAFF, Case, office

auditor, operator = office("audit_admin"), office("system_admin")


def _reason(*_):
    return {"reason": "磁盘已经清理"}


ROWS = {
    "/console/audit/": {
        "GET": (
            Case(
                STAFF,
                may=auditor,
                queries=("", "?columns=kind&columns=code&kind=staff", "?from=2026-03-01&to=2026-03-31", "?export=xlsx"),
            ),
        )
    },
    "/console/audit/<slug:number>/": {"GET": (Case(STAFF, "entry", sees=auditor),)},
    "/console/jobs/": {"GET": (Case(STAFF, may=operator, queries=("", "?state=dead&from=asked", "?export=xlsx")),)},
    "/console/jobs/<slug:public_id>/": {"GET": (Case(STAFF, "job", sees=operator),)},
    "/console/jobs/<slug:public_id>/retry/": {
        "GET": (Case(STAFF, "job", sees=operator),),
        "POST": (
            Case(STAFF, "job", sees=operator, acts=operator, done=(302,), body=_reason),
            Case(STAFF, "job", sees=operator, done=(422,), body=lambda *_: {"reason": ""}),
        ),
    },
}
