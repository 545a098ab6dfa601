"""``niangjia manage found_union CODE NAME KIND``: the first union of an installation, or one more."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.commons.unions.actions import NewUnion, found_union
from niangjia.commons.unions.kinds import UnionKind
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Found a union; the first one, without --parent, is the root of the tree."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")
        parser.add_argument("name")
        parser.add_argument("kind", choices=[kind.value for kind in UnionKind])
        parser.add_argument("--parent", default="", metavar="CODE")
        parser.add_argument("--area", default="", metavar="CODE", help="area code of GB/T 2260, 6 or 9 digits")
        parser.add_argument("--since", type=date.fromisoformat, default=None, metavar="DAY")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = NewUnion(
            options["code"],
            options["name"],
            options["kind"],
            parent=options["parent"],
            area_code=options["area"],
            founded_on=options["since"],
        )
        try:
            union = found_union(actor=Actor.system("found_union"), plan=plan)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(f"{union.code} {union.name} {union.public_id}")
