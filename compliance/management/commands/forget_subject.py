"""`manage.py forget_subject EMAIL`: the log names somebody no more, whose account was closed for good.

Their acts stay, of a pseudonym that leads to nobody; what was said about them in words is closed. For the operator, at
the person's request (RGPD, article 17). A patient goes by itself, with the last circle about them (`retain`).
"""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import User
from audit.errors import Held
from audit.events import SYSTEM
from audit.forgetting import forget
from audit.subjects import Subject
from compliance.certifying import forget_certificates_about


class Command(BaseCommand):
    help = "Cut somebody's pseudonym in the log from their account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    @transaction.atomic
    def handle(self, *args: object, email: str, **options: object) -> None:
        user = User.objects.select_for_update().filter(email__iexact=email).first()
        if user is None:
            raise CommandError("There is no account with this address.")
        if user.is_active:
            raise CommandError("This person may still sign in: their acts need a name. Close the account first.")
        try:
            known = forget(Subject("Person", user.id), actor=SYSTEM)
        except Held as error:
            raise CommandError("A legal hold covers this person: nothing is erased while it stands.") from error
        if not known:
            raise CommandError("The log names nobody by this account.")
        forget_certificates_about(user.id)
        self.stdout.write("Forgotten: the log's events of this person stay, and lead to nobody.")
