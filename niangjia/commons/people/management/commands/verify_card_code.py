"""Verify the code of a member card with a file of keys, without database and network."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.kernel import clock
from niangjia.kernel.card_code import TrustList, grouped
from niangjia.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Verify the scanned TEXT of a card's code with a file from /api/v1/card/keys; asks no database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", metavar="TEXT", help="what the scanner read, NJ1.…")
        parser.add_argument("--keys", required=True, metavar="FILE", help='JSON: {"keys": …, "revoked": …, "as_of": …}')

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = _list(options["keys"]).verify(options["text"], now=clock.now())
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        at = code.issued_at.astimezone(clock.SHANGHAI)
        self.stdout.write(
            f"OK {grouped(code.number)} issued {at:%Y-%m-%d %H:%M:%S} nonce {code.nonce} key {code.key_id}"
        )


def _list(path: str) -> TrustList:
    try:
        return TrustList.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}") from error
