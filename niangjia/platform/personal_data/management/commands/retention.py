"""``niangjia manage retention --dry-run``: what the nightly job would let go; without the switch it goes now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data import retention


class Command(BaseCommand):
    help = "Let go what has been kept as long as the field register says; with --dry-run only count it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="change nothing, print what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            counts = retention.due_counts()
            for rule in retention.rules():
                self.stdout.write(f"{rule.name}: {counts[rule.name]} ({rule.retention}, before {rule.cutoff:%Y-%m-%d})")
            return
        gone: dict[str, int] = {}
        for step in retention.steps(actor=Actor.system("retention")):
            gone[step.rule] = gone.get(step.rule, 0) + step.gone
        for rule in retention.rules():
            self.stdout.write(f"{rule.name}: {gone.get(rule.name, 0)} gone")
