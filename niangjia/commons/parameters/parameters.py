"""Dated parameters, in one import: ``parameters.at(code, union, day)``, ``declare(Parameter(…))``, ``publish(…)``."""

from niangjia.commons.parameters.actions import publish, publish_inheritance
from niangjia.commons.parameters.queries import Value, at, at_many, history, remembered
from niangjia.commons.parameters.registry import Parameter, declare, declared, find

__all__ = [
    "Parameter",
    "Value",
    "at",
    "at_many",
    "declare",
    "declared",
    "find",
    "history",
    "publish",
    "publish_inheritance",
    "remembered",
]
