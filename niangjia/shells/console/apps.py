"""Registers the staff console."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.apps import AppConfig

from niangjia.kernel.actor import Actor
from niangjia.kernel.machine import Machine


class ConsoleConfig(AppConfig):
    name = "niangjia.shells.console"
    label = "console"
    verbose_name = "工作台"

    def ready(self) -> None:
        """Tell the layout which unions may be chosen and what waits in which room."""
        from niangjia.commons.desk import queries
        from niangjia.platform.web import hooks
        from niangjia.platform.web.rooms import rooms
        from niangjia.shells.console import switcher

        hooks.register_switcher(switcher.choices)
        hooks.register_counts(
            lambda actor: {**{room.code: 0 for room in rooms() if room.machines}, **queries.counts(actor)}
        )
        _put_people_on_the_desk()


def _put_people_on_the_desk() -> None:
    """How cases about people read on a desk, and by when whoever they wait on must act."""
    from niangjia.commons.people.corrections import due
    from niangjia.commons.people.corrections import queries as corrections
    from niangjia.commons.people.corrections.states import CORRECTION
    from niangjia.commons.people.disputes import due as dispute_due
    from niangjia.commons.people.disputes import queries as disputes
    from niangjia.commons.people.disputes.states import DISPUTE
    from niangjia.commons.people.guardians import queries as guardians
    from niangjia.commons.people.guardians.states import GUARDIANSHIP
    from niangjia.commons.people.merging import queries as merges
    from niangjia.commons.people.merging.states import MERGE
    from niangjia.commons.people.wrong_deaths import queries as deaths
    from niangjia.commons.people.wrong_deaths.states import WRONG_DEATH

    _register(merges.SUBJECT_TYPE, MERGE, merges.desk_numbers)
    _register(corrections.SUBJECT_TYPE, CORRECTION, corrections.desk_numbers)
    _register(disputes.SUBJECT_TYPE, DISPUTE, disputes.desk_numbers)
    _register(deaths.SUBJECT_TYPE, WRONG_DEATH, deaths.desk_numbers)
    _register(guardians.SUBJECT_TYPE, GUARDIANSHIP, guardians.desk_numbers)
    due.register(lambda correction: _due_at(corrections.SUBJECT_TYPE, correction.pk))
    dispute_due.register(lambda dispute: _due_at(disputes.SUBJECT_TYPE, dispute.pk))


def _register(subject_type: str, machine: Machine, numbers: Callable[..., Mapping[int, tuple[str, ...]]]) -> None:
    from niangjia.commons.desk import subjects

    def lines(actor: Actor, ids: Sequence[int]) -> dict[int, subjects.DeskLine]:
        return {key: subjects.DeskLine(*line) for key, line in numbers(actor, ids).items()}

    subjects.register(subjects.Subject(subject_type, machine.subject, lines))


def _due_at(subject_type: str, subject_id: int) -> datetime | None:
    """By when whoever the desk waits on must act."""
    from niangjia.commons.desk import queries

    item = queries.open_item(subject_type, subject_id)
    return item.due_at if item is not None else None
