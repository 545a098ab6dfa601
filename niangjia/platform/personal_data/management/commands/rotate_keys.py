"""``niangjia manage rotate_keys``: after NIANGJIA_MASTER_KEY or NIANGJIA_CIPHER changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from niangjia.platform.personal_data import rotation


class Command(BaseCommand):
    help = "Seals all personal data anew under the present master key and cipher, while the service runs."

    def handle(self, *_args: Any, **_options: Any) -> None:
        totals: dict[str, rotation.Progress] = {}
        for progress in rotation.rotate():
            totals[progress.name] = progress
            self.stdout.write(f"\r{progress.name}: {progress.seen}", ending="")
            self.stdout.flush()
        self.stdout.write("")
        for progress in totals.values():
            self.stdout.write(f"{progress.name}: {progress.renewed} of {progress.seen} sealed anew")
