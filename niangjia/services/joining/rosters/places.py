"""Where the people of a roster may go: its union, and the unions below that take members."""

from __future__ import annotations

from datetime import date

from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Employer, Union
from niangjia.services.joining.parameters import minimum_age
from niangjia.services.joining.rosters.checking import Checker, Places
from niangjia.services.joining.rosters.models import Roster


def checker(roster: Roster, today: date) -> Checker:
    """The checker of a roster's rows as of ``today``."""
    return Checker(of(roster.union, today), today=today, minimum_age=minimum_age(roster.union_id, today))


def of(home: Union, today: date) -> Places:
    """``home`` and the unions below it by code, name and employer; a word that names two is no address."""
    below = Union.objects.accepting(today).filter(pk__in=tree.below(home.pk, today))
    founded = {home.pk: home.founded_on}
    words: dict[str, int] = {}
    twice: set[str] = set()
    for pk, code, name, short_name, since in below.values_list("pk", "code", "name", "short_name", "founded_on"):
        founded[pk] = since
        _enter(words, twice, pk, code, name, short_name)
    employers = Employer.objects.filter(union__in=below.values("pk")).values_list("union_id", "name", "uscc")
    for pk, name, uscc in employers:
        _enter(words, twice, pk, name, uscc or "")
    for word in twice:
        del words[word]
    return Places(home.pk, words, founded, _Elsewhere())


def _enter(words: dict[str, int], twice: set[str], union_id: int, *names: str) -> None:
    for word in {name for name in names if name}:
        if words.setdefault(word, union_id) != union_id:
            twice.add(word)


class _Elsewhere:
    """Whether a word is the code or the name of some union; all are read once, at the first word that is asked."""

    def __init__(self) -> None:
        self._known: frozenset[str] | None = None

    def __call__(self, word: str) -> bool:
        if self._known is None:
            pairs = Union.objects.values_list("code", "name")
            self._known = frozenset(name for pair in pairs.iterator() for name in pair)
        return word in self._known
