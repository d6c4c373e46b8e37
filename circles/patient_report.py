"""What exists about a patient, in plain French, for the patient who asks (RGPD, article 15): the circles, who was in
them and on what ground, what the patient wished, who looked. Never what was written: nobody here can read it.

Used by `chat.api_structure` for an organisation's officers, and by `manage.py patient_report`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from audit.selectors import who_looked
from circles.ins import PatientTraits
from circles.models import Circle
from circles.patients import same_patient
from circles.schemas import ProfessionalCard
from circles.selectors import professionals
from circles.timeline import TimelineRow, rows_of

_STATES: Final = {
    "open": "ouvert",
    "closed": "fermé : ses membres le lisent encore, personne n’y écrit",
    "archived": "archivé : plus personne ne le lit",
    "purged": "vidé : son contenu n’existe plus",
}
_GROUNDS: Final = {
    "same_structure": "même structure de soins (CSP L1110-4, III, 1°)",
    "chosen_by_patient": "choisi par le patient (CSP L1110-4, III et L1110-12, 2°)",
    "formal_team": "équipe de soins formalisée (CSP L1110-12, 3°)",
    "outside_team": "hors équipe de soins, avec votre consentement (CSP D1110-3-1)",
    "no_patient": "sans patient",
}
_ROLES: Final = {"coordinator": "coordination", "member": "membre", "guest": "invité", "delegate": "secrétariat"}
_HOW: Final = {"spoken": "de vive voix", "written": "par écrit", "electronic": "par voie électronique"}
_ENDS: Final = {
    "removed": "retiré par la coordination",
    "declined": "invitation refusée",
    "left": "parti de lui-même",
    "expired": "date de fin atteinte",
    "withdrawn": "consentement retiré",
    "opposition": "opposition du patient",
}


@dataclass(frozen=True, slots=True)
class Report:
    """`circles`: which ones it speaks of."""

    circles: list[Circle]
    text: str


def circles_about(traits: PatientTraits) -> QuerySet[Circle]:
    """Every circle and compartment of this person that has not been emptied, oldest first. Authorises nothing."""
    return Circle.objects.filter(patient__in=same_patient(traits)).order_by("opened", "id")


def report(circles: list[Circle], *, scope: str) -> Report:
    """`scope` says whose circles these are."""
    rows = {circle.id: rows_of(circle) for circle in circles}
    named = {each for each_rows in rows.values() for row in each_rows for each in (row.user, row.by) if each}
    named |= {looked.user for circle in circles for looked in who_looked(circle.id) if looked.user}
    names = _Names(professionals(named))
    lines = [
        "CE QUE CORDÉE CONSERVE AU SUJET D’UN PATIENT",
        f"Établi le {_day(timezone.now())}. {scope}",
        "",
        "Les messages et les fichiers échangés sont chiffrés de bout en bout : ni l’hébergeur ni la structure ne "
        "peuvent les lire, et ils ne figurent donc pas ici. Demandez-les aux professionnels nommés ci-dessous.",
    ]
    if not circles:
        lines += ["", "Aucun cercle n’a été trouvé pour cette identité."]
    for number, circle in enumerate(circles, start=1):
        lines += ["", f"CERCLE {number}{_name(circle)}", *_circle(circle, rows[circle.id], names)]
    return Report(circles, "\n".join(lines) + "\n")


class _Names:
    def __init__(self, cards: Mapping[UUID, ProfessionalCard]) -> None:
        self._cards = cards

    def of(self, user: UUID | None) -> str:
        card = self._cards.get(user) if user else None
        if card is None:
            return "une personne qui n’est plus connue"
        where = f", {card.organisation.name}" if card.organisation else ""
        return f"{card.name}, {card.profession.label}{where}"


def _circle(circle: Circle, rows: list[TimelineRow], names: _Names) -> Iterator[str]:
    yield f"État : {_STATES[circle.state]}."
    if circle.informed_on is not None:
        yield f"Vous avez été informé de son ouverture le {_day(circle.informed_on)}."
    yield ""
    yield "Ce qui s’est passé :"
    for row in rows:
        yield f"- {_day(row.at)} : {_happened(row, names)}"
    for glass in circle.break_glasses.order_by("started"):
        seen = {"": "pas encore examiné", "justified": "jugé justifié", "unjustified": "jugé injustifié"}[glass.verdict]
        yield f"- accès d’urgence du {_day(glass.started)} : {seen}."
    yield ""
    yield "Qui a consulté ce cercle (liste des membres, messages chiffrés ou fichiers) :"
    looked = who_looked(circle.id)
    if not looked:
        yield "- personne."
    for each in looked:
        yield (f"- {names.of(each.user)} : {each.times} fois, du {_day(each.first)} au {_day(each.last)}.")


def _happened(row: TimelineRow, names: _Names) -> str:
    who, by = names.of(row.user), names.of(row.by)
    match row.what:
        case "opened":
            return f"ouvert par {by}."
        case "invited":
            return f"{who} est invité par {by} ({_terms(row)})."
        case "joined":
            return f"{who} devient membre ({_terms(row)})."
        case "ended":
            return f"{who} n’est plus membre : {_ENDS.get(row.code or '', 'fin de l’accès')}."
        case "consent":
            return f"votre consentement pour {who}, donné {_said(row)}, noté par {by}."
        case "consent_withdrawn":
            return f"votre consentement pour {who} est retiré, noté par {by}."
        case "opposition":
            return f"votre opposition {_to(row, who)}, exprimée {_said(row)}, notée par {by}."
        case "opposition_lifted":
            return f"votre opposition {_to(row, who)} est levée, noté par {by}."
        case "handed_over":
            return f"la coordination passe à {who}."
        case "given_back":
            return f"la coordination revient de {who}."
        case "closed":
            return "le cercle est fermé."
        case "reopened":
            return "le cercle est rouvert."
        case "break_glass":
            return f"accès d’urgence à la liste des membres par {by}."


def _terms(row: TimelineRow) -> str:
    terms = [_ROLES[row.role] if row.role else "", _GROUNDS[row.ground] if row.ground else ""]
    terms.append(f"jusqu’au {_day(row.until)}" if row.until else "")
    return " ; ".join(term for term in terms if term)


def _said(row: TimelineRow) -> str:
    day = f" le {_day(row.on)}" if row.on else ""
    return f"{_HOW.get(row.how or '', '')}{day}".strip()


def _to(row: TimelineRow, who: str) -> str:
    return "au cercle" if row.user is None else f"à {who}"


def _name(circle: Circle) -> str:
    return f" (volet « {circle.name} »)" if circle.parent_id else ""


def _day(moment: date | datetime) -> str:
    return f"{moment:%d/%m/%Y}"
