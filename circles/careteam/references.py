"""What a reference of a system's means: something sent with it, a row of the directory, a resource it may see.

Used by `circles.careteam.receiving`. All that names nobody is gathered, so that one refusal says every place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from circles.careteam.errors import FhirRefused, Issue
from circles.careteam.models import Supplied
from circles.careteam.sealing import Resource
from circles.careteam.selectors import visible
from circles.careteam.vocabulary import BASE
from circles.models import Circle
from directory.identifiers import plain
from directory.models import Organization, Practitioner, PractitionerRole


@dataclass(slots=True)
class References:
    """`local`: how entries of the same Bundle are called → `Type/id`. `known`: what the present resource points to."""

    organization: UUID
    local: dict[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    issues: list[Issue] = field(default_factory=list)

    def named(self, url: str | None, kind: str, sent_id: object, target: str) -> None:
        """An entry goes by its fullUrl, and by `Type/id` as the guide's examples have it."""
        if url:
            self.local[url] = target
        if sent_id:
            self.local[f"{kind}/{sent_id}"] = target

    def resolve(self, reference: Resource, kinds: Iterable[str], place: str) -> str | None:
        """`Type/id`, of one of `kinds`; None, with an issue, when it names nobody."""
        text = str(reference.get("reference", ""))
        found = self.local.get(text) or (self._literal(text, kinds) if text else self._logical(reference, kinds))
        if found is None or found.partition("/")[0] not in kinds:
            self.issues.append(Issue("unknown_reference", "not-found", place))
            return None
        return found

    def finish(self) -> None:
        """Raises `unknown_reference` with every place, when there is one."""
        if self.issues:
            raise FhirRefused(*self.issues[:20])

    def _literal(self, text: str, kinds: Iterable[str]) -> str | None:
        kind, _, wanted = text.removeprefix(f"{BASE}/").partition("/")
        try:
            wanted_id = UUID(wanted)
        except ValueError:
            return None
        target = f"{kind}/{wanted_id}"
        if kind not in kinds:
            return None
        return target if target in self.known or self._exists(kind, wanted_id) else None

    def _exists(self, kind: str, wanted: UUID) -> bool:
        if Supplied.objects.filter(id=wanted, type=kind, organization_id=self.organization).exists():
            return True
        if kind == "PractitionerRole":
            return PractitionerRole.objects.filter(id=wanted).exists()
        if kind == "Organization":
            return Organization.objects.filter(id=wanted).exists()
        mine = visible(self.organization).filter(until=None).values("team")
        return kind == "Patient" and Circle.objects.filter(patient_id=wanted, id__in=mine).exists()

    def _logical(self, reference: Resource, kinds: Iterable[str]) -> str | None:
        """By national identifier: a professional, in their situation of this organisation or their only one."""
        sent = reference.get("identifier") or {}
        if not sent.get("system") or not sent.get("value"):
            return None
        if "PractitionerRole" in kinds and (held := self.role_of(practitioner_with([sent]))) is not None:
            return f"PractitionerRole/{held.id}"
        structure = organization_with([sent]) if "Organization" in kinds else None
        return None if structure is None else f"Organization/{structure.id}"

    def role_of(self, practitioner: Practitioner | None, at: Organization | None = None) -> PractitionerRole | None:
        """The situation that is meant: at that structure, else at this organisation, else the only one."""
        if practitioner is None:
            return None
        held = list(PractitionerRole.objects.filter(practitioner=practitioner).order_by("-active", "id"))
        for wanted in (self.organization,) if at is None else (at.id,):
            if here := [each for each in held if each.organization_id == wanted]:
                return here[0]
        return held[0] if at is None and len(held) == 1 else None


def practitioner_with(identifiers: Iterable[dict[str, Any]]) -> Practitioner | None:
    for each in identifiers:
        system, value = plain(str(each.get("system", "")), str(each.get("value", "")))
        found = Practitioner.objects.filter(identifier_system=system, identifier_value=value).first() if value else None
        if found is not None:
            return found
    return None


def organization_with(identifiers: Iterable[dict[str, Any]]) -> Organization | None:
    for each in identifiers:
        system, value = plain(str(each.get("system", "")), str(each.get("value", "")))
        found = Organization.objects.filter(identifier_system=system, identifier_value=value).first() if value else None
        if found is not None:
            return found
    return None
