"""What exists about a patient, in plain French, for the patient who asks (RGPD, article 15): the circles, who was in
them and on what ground, what the patient wished, who looked at what. Never what was written: nobody here can read it.

Used by `chat.api_structure` for an organisation's officers, and by `manage.py patient_report`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from audit.selectors import Looked, who_looked
from circles.ins import PatientTraits
from circles.models import Circle
from circles.patient_looks import ROLES, Names, day, looked_items
from circles.patients import same_patient
from circles.report_document import ReportDocument, ReportItem, ReportSection, typeset
from circles.timeline import TimelineRow, rows_of

TITLE: Final = "Ce que Cordée conserve à votre sujet"
HOURS: Final = (
    "Avec l’heure de Paris. Ce qui est plus ancien que la durée de conservation de ces traces (36\u00a0mois, sauf "
    "autre choix de la structure) n’y figure plus."
)
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
    document: ReportDocument


def circles_about(traits: PatientTraits) -> QuerySet[Circle]:
    """Every circle and compartment of this person that has not been emptied, oldest first. Authorises nothing."""
    return Circle.objects.filter(patient__in=same_patient(traits)).order_by("opened", "id")


def report(circles: list[Circle], *, scope: str) -> Report:
    """`scope` says whose circles these are."""
    rows = {circle.id: rows_of(circle) for circle in circles}
    looks = {circle.id: who_looked(circle.id) for circle in circles}
    named = {each for each_rows in rows.values() for row in each_rows for each in (row.user, row.by) if each}
    names = Names.of_everybody(named, [look for each in looks.values() for look in each])
    intro = [
        f"Établi le {day(timezone.now())}. {scope}",
        "Un cercle est une conversation protégée entre les professionnels qui suivent un même patient. Les messages et "
        "les fichiers échangés sont chiffrés de bout en bout : seuls les appareils de ses membres peuvent les lire. Ni "
        "l’hébergeur ni la structure ne le peuvent, et ils ne figurent donc pas ici. Demandez-les aux professionnels "
        "nommés ci-dessous.",
    ]
    if not circles:
        intro.append("Aucun cercle n’a été trouvé pour cette identité.")
    sections = [
        section
        for number, circle in enumerate(circles, start=1)
        for section in _circle(f"Cercle {number}{_name(circle)}", circle, rows[circle.id], looks[circle.id], names)
    ]
    return Report(circles, typeset(ReportDocument(title=TITLE, intro=intro, sections=sections)))


def _circle(
    title: str, circle: Circle, rows: list[TimelineRow], looks: list[Looked], names: Names
) -> Iterator[ReportSection]:
    state = [f"État : {_STATES[circle.state]}."]
    if circle.informed_on is not None:
        state.append(f"Vous avez été informé de son ouverture le {day(circle.informed_on)}.")
    yield ReportSection(level=1, title=title, paragraphs=state)
    happened = [ReportItem(text=f"{day(row.at)} : {_happened(row, names)}") for row in rows]
    for glass in circle.break_glasses.order_by("started"):
        seen = {"": "pas encore examiné", "justified": "jugé justifié", "unjustified": "jugé injustifié"}[glass.verdict]
        happened.append(ReportItem(text=f"accès exceptionnel du {day(glass.started)} : {seen}."))
    yield ReportSection(level=2, title="Ce qui s’est passé", items=happened)
    yield ReportSection(
        level=2,
        title="Qui a consulté ce cercle",
        paragraphs=[HOURS] if looks else ["Personne."],
        items=looked_items(circle, looks, names),
    )


def _happened(row: TimelineRow, names: Names) -> str:
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
            return f"accès exceptionnel, en urgence, à la liste des membres par {by}."


def _terms(row: TimelineRow) -> str:
    terms = [ROLES[row.role] if row.role else "", _GROUNDS[row.ground] if row.ground else ""]
    terms.append(f"jusqu’au {day(row.until)}" if row.until else "")
    return " ; ".join(term for term in terms if term)


def _said(row: TimelineRow) -> str:
    when = f" le {day(row.on)}" if row.on else ""
    return f"{_HOW.get(row.how or '', '')}{when}".strip()


def _to(row: TimelineRow, who: str) -> str:
    return "au cercle" if row.user is None else f"à {who}"


def _name(circle: Circle) -> str:
    return f" (volet « {circle.name} »)" if circle.parent_id else ""
