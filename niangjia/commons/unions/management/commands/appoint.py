"""``niangjia manage appoint NAME UNION ROLE``: give a member of staff an office, the first ones above all."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from niangjia.commons.unions import actions, queries
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import users


class Command(BaseCommand):
    help = "Give the account NAME the office ROLE at the union with this code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the name to sign in by")
        parser.add_argument("union", help="the union's code")
        parser.add_argument("role", choices=[role.value for role in Role])
        parser.add_argument("--since", type=date.fromisoformat, default=None, metavar="DAY")
        parser.add_argument("--until", type=date.fromisoformat, default=None, metavar="DAY")

    def handle(self, *args: Any, **options: Any) -> None:
        user = users.staff_named(options["name"])
        if user is None:
            raise CommandError(f"nobody signs in as {options['name']}; make the account with create_staff")
        try:
            appointment = actions.appoint(
                actor=Actor.system("appoint"),
                user_id=user.pk,
                union_id=queries.by_code(options["union"]).pk,
                role=options["role"],
                valid_from=options["since"],
                valid_to=options["until"],
            )
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(
            f"{options['name']} is {appointment.role} at {options['union']} from {appointment.valid_from}"
        )
