"""Model fields for personal data: text that is sealed in its column, and the index by which it is found.

An encrypted attribute is plain ``str`` to whoever holds the object; the database sees only sealed bytes bound to
model, field and ``public_id``. It is opened when it is read, so a list that shows no phone opens none. What a queryset
gives without an object (``values_list``) stays sealed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query_utils import DeferredAttribute

from niangjia.platform.personal_data import cipher
from niangjia.platform.personal_data.blind_index import LENGTH, blind_index

__all__ = ["BlindIndexField", "Bound", "EncryptedTextField", "OpenedTogether", "Sealed", "blind_index"]

if TYPE_CHECKING:
    _TextField = models.Field[str, str]
    _IndexField = models.CharField[str, str]
else:
    _TextField = models.Field
    _IndexField = models.CharField

_HEX = re.compile(rf"[0-9a-f]{{{LENGTH}}}")


class Sealed(bytes):
    """A value as it stands in the database."""


class Bound(str):
    """A value read from an object, which knows where it may be sealed: its place and its person's key."""

    place: str
    subject_key: str

    @classmethod
    def at(cls, text: str, place: str, subject_key: str) -> Bound:
        bound = cls(text)
        bound.place, bound.subject_key = place, subject_key
        return bound


class _Attribute(DeferredAttribute):
    """Opens the sealed value when it is read, once per object."""

    field: EncryptedTextField

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, owner)
        text = value if value is None else self.opened(instance, value)
        return self.field.bind(instance, text) if text else text  # nothing is bound to nobody

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value

    def opened(self, instance: models.Model, value: Any) -> str:
        """``value`` of ``instance`` as text, whoever it is about."""
        if not isinstance(value, Sealed):
            return str(value)
        cached = instance.__dict__.get(f"_opened_{self.field.attname}")
        if cached is None or cached[0] is not value:
            cached = (value, self.field.open(self.field.row_of(instance), value))
            instance.__dict__[f"_opened_{self.field.attname}"] = cached
        return str(cached[1])


class EncryptedTextField(_TextField):
    """Text sealed with the installation's cipher (NIANGJIA_CIPHER). Its model needs a ``public_id``, or ``row_key``
    names another column of it that says to which row a value belongs.

    ``person_key`` is the attribute path to the person's public id, such as ``"public_id"`` or ``"person.public_id"``:
    the value is then sealed with that person's own key, and reads as ``""`` once the person is erased. While the path
    leads to nobody the installation's key is used. ``bound_as`` keeps the old ``app.model.field`` after a renaming.
    Equality is asked of a :class:`BlindIndexField` beside it; every look-up but ``isnull`` raises FieldError.
    """

    descriptor_class = _Attribute
    _pyi_private_set_type: str
    _pyi_private_get_type: str

    def __init__(
        self, *args: Any, max_length_plain: int | None = None, person_key: str = "", bound_as: str = "",
        row_key: str = "public_id", **options: Any,
    ) -> None:  # fmt: skip
        self.max_length_plain, self.person_key, self.bound_as = max_length_plain, person_key, bound_as
        self.row_key = row_key
        super().__init__(*args, **options)

    def get_internal_type(self) -> str:
        return "BinaryField"

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        own = {
            "max_length_plain": self.max_length_plain,
            "person_key": self.person_key,
            "bound_as": self.bound_as,
            "row_key": "" if self.row_key == "public_id" else self.row_key,
        }
        return name, path, args, {**options, **{key: value for key, value in own.items() if value}}

    def place(self, public_id: str) -> str:
        """Where a value of the row ``public_id`` belongs."""
        return f"{self.bound_as or f'{self.model._meta.label_lower}.{self.name}'}.{public_id}"

    def seal(self, public_id: str, text: str, subject_key: str = "") -> Sealed:
        """The bytes for the column, also for COPY and other raw writing. Raises Gone PERSON_ERASED, ValueError."""
        if not public_id:
            raise ValueError(f"{self} needs the {self.row_key} of its row before it is sealed")
        return _seal(text, self.place(public_id), subject_key, self.max_length_plain)

    def open(self, public_id: str, sealed: bytes) -> str:
        """The text of a sealed value of the row ``public_id``. Raises Tampered, KeyMissing."""
        if not sealed:
            return ""
        from niangjia.platform.personal_data import data_keys

        place = self.place(public_id)
        if data_keys.is_personal(sealed):
            return data_keys.open_value(sealed, place)
        return cipher.ring().open(sealed, place).decode()

    def bind(self, instance: models.Model, text: str) -> Bound:
        """``text`` with the place it has in ``instance``."""
        return Bound.at(text, self.place(self.row_of(instance)), self._subject_key(instance))

    def row_of(self, instance: models.Model) -> str:
        """What names the row of ``instance``."""
        return str(getattr(instance, self.row_key))

    def _subject_key(self, instance: models.Model) -> str:
        if not self.person_key:
            return ""
        first, dot, rest = self.person_key.rpartition(".")
        holder = attrgetter(first)(instance) if dot else instance
        return "" if holder is None else str(getattr(holder, rest) or "")

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """An untouched value is written back as it was; in a new row it must belong there. Raises Tampered."""
        value = model_instance.__dict__.get(self.attname)
        if add and isinstance(value, Sealed):
            self.open(self.row_of(model_instance), value)
        return value if isinstance(value, Sealed) else getattr(model_instance, self.attname)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value is None:
            return None
        if value == "":  # nothing to seal; so that a migration can add a column with its default
            value = b""
        if isinstance(value, Bound):
            if value.place.endswith("."):
                raise ValueError(f"{self} needs the {self.row_key} of its row before it is saved")
            value = _seal(value, value.place, value.subject_key, self.max_length_plain)
        if not isinstance(value, bytes):
            raise TypeError(f"{self} is sealed per row: set it on an object, not in an update of a queryset")
        return connection.Database.Binary(bytes(value))  # type: ignore[attr-defined]

    def from_db_value(self, value: Any, _expression: Any, _connection: BaseDatabaseWrapper) -> Sealed | None:
        return None if value is None else Sealed(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self} is encrypted: look it up by its blind index")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self} is not written to fixtures: use niangjia backup")

    def formfield(self, **options: Any) -> Any:
        return super().formfield(**{"form_class": forms.CharField, "max_length": self.max_length_plain, **options})

    def check(self, **options: Any) -> list[checks.CheckMessage]:
        return [*super().check(**options), *self._check_row(), *self._check_uniqueness()]

    def _check_row(self) -> Sequence[checks.CheckMessage]:
        if any(field.name == self.row_key for field in self.model._meta.concrete_fields):
            return []
        return [checks.Error(f"A model with encrypted text needs a {self.row_key}.", obj=self, id="personal_data.E001")]

    def _check_uniqueness(self) -> Sequence[checks.CheckMessage]:
        if not (self.unique or getattr(self, "db_index", False)):
            return []
        text = "Sealed values never repeat: put uniqueness and indexes on a BlindIndexField."
        return [checks.Error(text, obj=self, id="personal_data.E002")]


class OpenedTogether:
    """Put before a queryset: its objects have the encrypted fields of ``together`` opened when they are fetched, by one
    statement for all their keys. For lists of things that concern many people, or are read line by line."""

    together: ClassVar[tuple[str, ...]] = ()
    model: type[models.Model]
    _result_cache: list[Any] | None

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()  # type: ignore[misc]
        if is_new:
            self._open([one for one in self._result_cache or () if isinstance(one, self.model)])

    def _open(self, objs: Sequence[models.Model]) -> None:
        told = [
            (one, name, sealed)
            for one in objs
            for name in self.together
            if isinstance(sealed := one.__dict__.get(name), Sealed) and sealed
        ]
        if not told:
            return
        from niangjia.platform.personal_data import data_keys

        with data_keys.held_for(sealed for _one, _name, sealed in told):
            for one, name, sealed in told:
                getattr(type(one), name).opened(one, sealed)


def _seal(text: str, place: str, subject_key: str, longest: int | None) -> Sealed:
    if longest is not None and len(text) > longest:
        raise ValueError(f"{place}: longer than {longest} characters")
    if not text:
        return Sealed()
    if subject_key:
        from niangjia.platform.personal_data import data_keys

        return Sealed(data_keys.seal_value(subject_key, text, place))
    return Sealed(cipher.ring().seal(text.encode(), place))


class BlindIndexField(_IndexField):
    """Holds a :func:`blind_index` of ``purpose``; refuses anything that is no such index, plain text above all."""

    def __init__(self, *args: Any, purpose: str = "", generation: int = 1, **options: Any) -> None:
        self.purpose, self.generation = purpose, generation
        options["max_length"] = LENGTH
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        del options["max_length"]
        own = {"purpose": self.purpose, **({} if self.generation == 1 else {"generation": self.generation})}
        return name, path, args, {**options, **own}

    def index_of(self, value: str) -> str:
        """The index under which ``value`` stands in this column."""
        return blind_index(self.purpose, value, generation=self.generation)

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        if prepared and not (isinstance(prepared, str) and _HEX.fullmatch(prepared)):
            raise ValueError(f"{self} takes a blind index, nothing readable")
        return prepared
