"""Start-up check: a machine that waits on somebody needs a desk."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from niangjia.platform.lifecycle import effects
from niangjia.platform.lifecycle.models import Tracked


@register()
def waiting_machines_have_a_desk(app_configs: Any, **_options: Any) -> list[CheckMessage]:
    """No machine may wait while nothing fills the desk slot, or its objects would be forgotten."""
    if effects.is_filled("desk"):
        return []
    return [
        Error(f"{model.MACHINE.name} waits on somebody, but no desk is installed.", id="lifecycle.E001")
        for model in apps.get_models()
        if issubclass(model, Tracked) and any(state.waits_for for state in model.MACHINE.states)
    ]
