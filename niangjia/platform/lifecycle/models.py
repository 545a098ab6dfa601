"""The base of every object that has a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from django.db import models

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.machine import Machine

GUARDED = ("state", "state_since")

_writing: ContextVar[bool] = ContextVar("lifecycle_is_writing", default=False)


class StateGuard(RuntimeError):
    """Code tried to write a state without going through the lifecycle: a mistake of the programmer."""


@contextmanager
def writing() -> Iterator[None]:
    """Open the guard. Used by lifecycle alone; an architecture test holds everybody else to that."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


def _refuse_outside(names: Iterable[str]) -> None:
    if not _writing.get() and set(names) & set(GUARDED):
        raise StateGuard("a state is written only by lifecycle.open, apply, apply_many or statement")


class TrackedQuerySet(models.QuerySet[Any]):
    """A queryset that cannot write a state behind the lifecycle's back."""

    def update(self, **values: Any) -> int:
        _refuse_outside(values)
        return super().update(**values)

    def create(self, **values: Any) -> Any:
        _refuse_outside(GUARDED)
        return super().create(**values)

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        _refuse_outside(GUARDED)
        return super().bulk_create(objs, *args, **options)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], *args: Any, **options: Any) -> int:
        names = list(fields)
        _refuse_outside(names)
        return super().bulk_update(objs, names, *args, **options)


class Tracked(models.Model):
    """An object with a state of ``MACHINE``. Its state changes only by lifecycle."""

    MACHINE: ClassVar[Machine]

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    state = models.CharField(max_length=32, editable=False)
    state_since = models.DateTimeField(editable=False)
    machine_version = models.PositiveSmallIntegerField(editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = TrackedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if not _writing.get() and self.__dict__.get("_loaded_state") != self.__dict__.get("state"):
            raise StateGuard(f"{type(self).__name__}: use lifecycle to open or move it")
        super().save(*args, **options)
        self.__dict__["_loaded_state"] = self.state

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any, **options: Any) -> Self:
        instance = super().from_db(db, field_names, values, **options)
        instance.__dict__["_loaded_state"] = instance.__dict__.get("state", "")
        return instance

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        super().refresh_from_db(*args, **options)
        self.__dict__["_loaded_state"] = self.__dict__.get("state", "")

    @property
    def subject_type(self) -> str:
        """The kind of object in audit, desk and ledger, such as ``"joining.application"``."""
        return f"{self._meta.app_label}.{self._meta.model_name}"

    @property
    def responsible_node_id(self) -> int | None:
        """The node of the tree that must act on it, or None when no node has to."""
        return None

    @property
    def subject_key(self) -> str:
        """The public id of the person whom it concerns, empty when it concerns none."""
        return ""


def state_is_known(machine: Machine, name: str) -> models.CheckConstraint:
    """A database constraint: the state is one of the machine's."""
    codes: Sequence[str] = [state.code for state in machine.states]
    return models.CheckConstraint(condition=models.Q(state__in=codes), name=name)
