"""How what was had once goes over when two entries of one human being become one."""

from niangjia.commons.people.merging import ways
from niangjia.commons.people.merging.ways import Way
from niangjia.commons.people.models import Person
from niangjia.kernel.text import _


def declare() -> None:
    """Called when Django starts. What both had once already counts as had: the second use stays where it is."""
    ways.declare(Way("entitlement.Use.once_key", _("已享受的权益"), value=_key))


def _key(person: Person) -> str:
    return f"person:{person.pk}"
