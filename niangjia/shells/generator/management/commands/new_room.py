"""Write the files of a new room."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from niangjia.shells.generator.files import HOUSE, Plan, Unusable, written


class Command(BaseCommand):
    help = "Write the files of a small, complete room: states, rules, models, pages, tests, docs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="a short noun: app label and first part of all addresses, such as legal_aid")
        parser.add_argument("label", help="what people call it, such as 法律援助")
        parser.add_argument("--into", type=Path, default=HOUSE, help="the folder for the package (niangjia/services)")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan(options["code"], options["label"], options["into"])
        try:
            plan.require_usable({config.label: config.name for config in apps.get_app_configs()})
        except Unusable as error:
            raise CommandError(str(error)) from error
        with translation.override("zh-hans"):
            files = written(plan)
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{len(files)} files in {plan.folder}\n{_next_steps(plan)}")


def _next_steps(plan: Plan) -> str:
    plugged = (
        f'add "{plan.package}" to ROOMS in niangjia/settings.py'
        if plan.is_of_the_house
        else f"pip install -e {plan.into} (its pyproject.toml names the entry point niangjia.rooms)"
    )
    steps = [
        plugged,
        f"niangjia manage makemigrations {plan.code} -n requests",
        f"pytest {plan.folder}",
        "then make it yours: docs/how-to/add-a-room.md",
    ]
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
