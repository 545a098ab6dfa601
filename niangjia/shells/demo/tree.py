"""The unions of the demonstration: districts, streets and towns of Beijing, with invented employers."""

from __future__ import annotations

from niangjia.commons.unions.seed import plant_city
from niangjia.shells.demo.city import City


def grow(city: City) -> None:
    """Found every union and register every employer."""
    city.unions.update(plant_city(city.actor).unions)
