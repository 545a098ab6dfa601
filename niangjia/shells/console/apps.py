"""Registers the staff console."""

from __future__ import annotations

from datetime import datetime

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "niangjia.shells.console"
    label = "console"
    verbose_name = "工作台"

    def ready(self) -> None:
        """Tell the layout which unions may be chosen and what waits in which room."""
        from niangjia.commons.desk import queries, subjects
        from niangjia.commons.people.corrections import due
        from niangjia.commons.people.corrections import queries as corrections
        from niangjia.commons.people.corrections.states import CORRECTION
        from niangjia.commons.people.disputes import due as dispute_due
        from niangjia.commons.people.disputes import queries as disputes
        from niangjia.commons.people.disputes.states import DISPUTE
        from niangjia.commons.people.merging import queries as merges
        from niangjia.commons.people.merging.states import MERGE
        from niangjia.platform.web import hooks
        from niangjia.platform.web.rooms import rooms
        from niangjia.shells.console import switcher

        hooks.register_switcher(switcher.choices)
        hooks.register_counts(
            lambda actor: {**{room.code: 0 for room in rooms() if room.machines}, **queries.counts(actor)}
        )
        subjects.register(
            subjects.Subject(
                merges.SUBJECT_TYPE,
                MERGE.subject,
                lambda actor, ids: {
                    key: subjects.DeskLine(*line) for key, line in merges.desk_numbers(actor, ids).items()
                },
            )
        )
        dispute_due.register(lambda dispute: _due_at(disputes.SUBJECT_TYPE, dispute.pk))
        subjects.register(
            subjects.Subject(
                disputes.SUBJECT_TYPE,
                DISPUTE.subject,
                lambda actor, ids: {
                    key: subjects.DeskLine(*line) for key, line in disputes.desk_numbers(actor, ids).items()
                },
            )
        )
        due.register(lambda correction: _due_at(corrections.SUBJECT_TYPE, correction.pk))
        subjects.register(
            subjects.Subject(
                corrections.SUBJECT_TYPE,
                CORRECTION.subject,
                lambda actor, ids: {
                    key: subjects.DeskLine(*line) for key, line in corrections.desk_numbers(actor, ids).items()
                },
            )
        )


def _due_at(subject_type: str, subject_id: int) -> datetime | None:
    """By when whoever the desk waits on must act."""
    from niangjia.commons.desk import queries

    item = queries.open_item(subject_type, subject_id)
    return item.due_at if item is not None else None
