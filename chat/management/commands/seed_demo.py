"""`manage.py seed_demo`: invented people with accounts, and circles with real conversations.

Called by `config/demo.py` once the server answers, because everything goes through it. What is encrypted is
encrypted by the client's own code under Node (`frontend/seed/`); this command gives it signed-in sessions and prints
the sheet of who may sign in and how.
"""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.utils.crypto import get_random_string

from accounts import services as accounts
from accounts.models import User
from accounts.unsafe import unsafe_session_cookie
from audit.events import SYSTEM
from circles.roles import OrganisationRole
from circles.services import appoint, link_professional
from directory import generate, reading
from directory import services as directory
from directory.models import PractitionerRole

SCRIPT = Path("frontend/seed/demo.ts")
# Who holds which role: two compliance officers in an organisation of which colleagues sign in as well, for four eyes,
# and one of another that shares circles with it.
ROLES: Final = MappingProxyType[str, tuple[OrganisationRole, ...]](
    {
        "sophie-landrin": ("administrator", "registrar"),
        "yanis-rocher": ("compliance_officer",),
        "nadia-haddad": ("compliance_officer",),
        "ines-carlier": ("compliance_officer",),
    }
)


@dataclass(frozen=True, slots=True)
class Invented:
    """One of the twelve who may sign in."""

    name: str  # as in directory/demo/annuaire.json
    user: User
    role: PractitionerRole
    password: str
    totp_secret: str


class Command(BaseCommand):
    help = "Fill an empty demo with invented people and their conversations."

    def handle(self, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("Only the demo is seeded (DEMO=1).")
        if User.objects.exists():
            raise CommandError("Somebody has an account already; the demo is seeded once.")
        directory.sync(actor=SYSTEM, source=generate.SOURCE, entries=reading.entries_of(generate.FILE))
        people = [_invent(person.id) for person in generate.CAST]
        _appoint(people)
        codes = self._converse(people)
        self._print_sheet(people, codes)

    def _converse(self, people: list[Invented]) -> dict[str, str]:
        """Run the client for everybody; the answer: recovery codes by name."""
        task = {
            "url": settings.PUBLIC_URL,
            "people": [
                {"name": each.name, "user": str(each.user.id), "cookie": _cookies(each.user)} for each in people
            ],
        }
        node = [str(settings.BASE_DIR / ".venv/bin/node"), str(settings.BASE_DIR / SCRIPT)]
        done = subprocess.run(node, input=json.dumps(task).encode(), stdout=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise CommandError("The conversations could not be written; the lines above say why.")
        codes: dict[str, str] = json.loads(done.stdout)
        return codes

    def _print_sheet(self, people: list[Invented], codes: dict[str, str]) -> None:
        say = self.stdout.write
        say("Everybody below is invented. Sign in with address and password, then with a code of 6 digits:")
        say(f"  DATA_DIR={settings.DATA_DIR} .venv/bin/python manage.py totp_code ADDRESS")
        say("  (or add the secret to an authenticator application).")
        say("A new browser then asks for the recovery code: it opens the history.")
        say(f"Letters (invitations, reminders) are files in {settings.EMAIL_FILE_PATH}")
        for each in people:
            role = each.role
            place = "" if role.organization is None else f", {role.organization.name}"
            say("")
            held = ROLES.get(each.name, ())
            also = "".join(f", {role.replace('_', ' ')} there" for role in held)
            say(f"{role.practitioner.given_name} {role.practitioner.family_name}, {role.profession_label}{place}{also}")
            say(f"  address        {each.user.email}")
            say(f"  password       {each.password}")
            say(f"  code secret    {each.totp_secret}")
            say(
                f"  recovery code  {codes[each.name]}"
                if each.name in codes
                else "  recovery code  shown at the first sign-in"
            )


def _invent(name: str) -> Invented:
    role = PractitionerRole.objects.select_related("practitioner", "organization").get(
        source=generate.SOURCE, practitioner__fhir_id=name
    )
    password = f"cordee-{secrets.token_hex(4)}"
    user = accounts.create_user(email=role.mssante, password=password)
    secret = accounts.enrol_totp(user_id=user.id)
    link_professional(actor=SYSTEM, user_id=user.id, role_id=role.id)
    return Invented(name, user, role, password, secret)


def _appoint(people: Collection[Invented]) -> None:
    for person in people:
        for role in ROLES.get(person.name, ()):
            if person.role.organization_id is not None:
                appoint(actor=SYSTEM, user_id=person.user.id, organization_id=person.role.organization_id, role=role)


def _cookies(user: User) -> str:
    """Of a browser in which this person has signed in: the seed has nobody at a keyboard."""
    return f"{unsafe_session_cookie(user)}; {settings.CSRF_COOKIE_NAME}={get_random_string(CSRF_SECRET_LENGTH)}"
