"""``niangjia manage create_staff NAME``: the first account of an installation, or one more from the command line."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import users


class Command(BaseCommand):
    help = "Make a staff account; the password is read from the terminal, or from standard input when that is a pipe."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the name to sign in by")
        parser.add_argument("--email", default="", help="where important notices go")
        parser.add_argument("--display-name", default="", help="what others see, such as the person's name")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor.system("create_staff")
        name, shown = options["name"], options["display_name"] or options["name"]
        try:
            user = users.create_staff(name=name, display_name=shown, password=_password(), actor=actor)
            users.set_email(user, email=options["email"])
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(f"{user.sign_in_name} {user.public_id}")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first, again = getpass.getpass("Password: "), getpass.getpass("Password (again): ")
    if first != again:
        raise CommandError("The two passwords differ.")
    return first
