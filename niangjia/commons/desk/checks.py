"""Start-up check: whatever waits on somebody must be able to show itself on a desk."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from niangjia.commons.desk import subjects
from niangjia.platform.lifecycle.models import Tracked


@register()
def waiting_objects_are_known_to_the_desk(app_configs: Any, **_options: Any) -> list[CheckMessage]:
    """Every model whose machine waits on a role has registered its lines."""
    return [
        Error(
            f"{model.__name__} waits on somebody, but no lines are registered for {_subject_type(model)}.",
            hint="Call desk.subjects.register in the room's AppConfig.ready.",
            id="desk.E001",
        )
        for model in apps.get_models()
        if issubclass(model, Tracked) and _waits(model) and subjects.find(_subject_type(model)) is None
    ]


def _waits(model: type[Tracked]) -> bool:
    return any(state.waits_for for state in model.MACHINE.states)


def _subject_type(model: type[Tracked]) -> str:
    return f"{model._meta.app_label}.{model._meta.model_name}"
