"""`manage.py seed_trail`: what a compliance officer of the demo has to look at: readings, refusals, an exceptional
access, and what the officers themselves have done.

Called by `config/demo.py` after `seed_demo`; everybody's acts go through the running server, as the browser's do. They
happen when the demo begins: the trail takes its time from the server's clock, and nobody can date an act back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import User
from accounts.unsafe import unsafe_session_cookie
from audit.models import Pseudonym
from circles.access import people_with_roles
from circles.ins import PatientTraits
from circles.models import Circle, Member, Professional
from circles.patients import open_traits
from circles.roles import eligible
from compliance.findings.day import ZONE
from compliance.findings.looking import look
from directory.models import Organization

OUTSIDERS: Final = 2  # professionals of the demo who try a circle that is not theirs
TRIES: Final = 3
URGENT: Final = "Patiente trouvée au sol à l’officine, je cherche qui la suit"
COMPLAINT: Final = "Réclamation écrite de la famille, dossier 12"


class Command(BaseCommand):
    help = "Let the demo's people leave something in the trail for its compliance officers."

    def handle(self, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("Only the demo is seeded (DEMO=1).")
        circles = list(Circle.objects.filter(kind="care", parent=None, state="open").order_by("id"))
        for circle in circles:
            _read_by_members(circle)
        if circles:
            _tried_by_outsiders(circles[0])
        for organization in Organization.objects.filter(id__in=_reviewed()):
            _looked_into(organization)
            # The round looks at days that have passed; nobody waits for tomorrow to see what stands out today.
            look(organization, timezone.localdate(timezone=ZONE))


def _read_by_members(circle: Circle) -> None:
    """Coordinators twice, as they do."""
    for member in Member.objects.filter(circle=circle, ended=None):
        with _browser(member.user_id) as ask:
            for path in ("", "/items?since=0&limit=50", "/timeline") * (2 if member.role == "coordinator" else 1):
                ask("GET", f"circles/{circle.id}{path}")


def _tried_by_outsiders(circle: Circle) -> None:
    """Refused several times; one of them then declares an emergency, looks at who is there, and ends it."""
    inside = Member.objects.filter(circle=circle).values("user")
    outside = Professional.objects.exclude(user__in=inside).filter(typed_by=None, user__is_active=True)
    may = [
        each.user_id
        for each in outside.select_related("practitioner_role").order_by("practitioner_role__sort_key")
        if eligible(each.practitioner_role.profession_system, each.practitioner_role.profession_code)
    ]
    for number, user in enumerate(may[:OUTSIDERS]):
        with _browser(user) as ask:
            for _ in range(TRIES):
                ask("GET", f"circles/{circle.id}", refused=404)
            if number == 0 and circle.patient is not None:
                body = {"patient": _identity(open_traits(circle.patient)), "reason": URGENT}
                begun = ask("POST", "breakglass", body)["id"]
                ask("GET", f"breakglass/{begun}")
                ask("POST", f"breakglass/{begun}/end", {})


def _looked_into(organization: Organization) -> None:
    """One officer searches and asks who somebody is; if there is another, they look at what the first did."""
    held = people_with_roles(organization.id)
    first, *others = sorted(user for user, abilities in held.items() if "review" in abilities)
    trail = f"organisations/{organization.id}/trail"
    with _browser(first) as ask:
        ask("GET", f"{trail}?out=refused")
        refused = ask("GET", f"{trail}?group=breakglass")["events"]
        known = set(Pseudonym.objects.filter(kind="Person").values_list("pseudonym", flat=True))
        named = [each["who"] for each in refused if each["who"] and UUID(each["who"]) in known]
        if named:
            ask("POST", f"{trail}/resolve", {"pseudonyms": named[:1], "reason": COMPLAINT})
    for other in others:
        with _browser(other) as ask:
            ask("GET", f"{trail}/officers")


def _reviewed() -> list[UUID]:
    return [
        organization
        for organization in Organization.objects.values_list("id", flat=True)
        if any("review" in abilities for abilities in people_with_roles(organization).values())
    ]


@contextmanager
def _browser(user_id: UUID) -> Iterator[Any]:
    """`ask(method, path, body)` as somebody who has signed in; raises CommandError for an unexpected answer."""
    token = get_random_string(CSRF_SECRET_LENGTH)
    session = unsafe_session_cookie(User.objects.get(id=user_id))
    headers = {
        "Cookie": f"{session}; {settings.CSRF_COOKIE_NAME}={token}",
        "X-CSRFToken": token,
        "Origin": settings.PUBLIC_URL,
        "Referer": f"{settings.PUBLIC_URL}/",
    }
    with httpx.Client(base_url=f"{settings.PUBLIC_URL}/api/", headers=headers, trust_env=False) as client:

        def ask(method: str, path: str, body: object = None, *, refused: int | None = None) -> Any:
            answer = client.request(method, path, json=body)
            if answer.status_code != (refused or 200):
                raise CommandError(f"{method} {path.partition('?')[0]} was answered {answer.status_code}.")
            return answer.json()

        yield ask


def _identity(traits: PatientTraits) -> dict[str, object]:
    return {
        "birth_name": traits.birth_name,
        "used_name": traits.used_name,
        "given_names": traits.given_names,
        "birth_date": traits.birth_date.isoformat(),
        "sex": traits.sex,
        "birthplace": traits.birthplace,
        "identity_status": traits.identity_status,
        "attributes": list(traits.attributes),
        "matricule": traits.matricule,
        "oid": traits.oid,
    }
