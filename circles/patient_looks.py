"""Who looked at what of a circle, in words that its patient understands: from the trail, for `circles.patient_report`.

A person is named as the directory names them now, with the profession and the structure in which they looked. Whoever
was erased from the trail since has no name any more; profession and structure stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from audit.selectors import Looked
from circles.models import Circle, Member
from circles.report_document import ReportItem
from circles.schemas import ProfessionalCard
from circles.selectors import professionals
from directory.models import Organization
from directory.professions import G15, label

PARIS: Final = ZoneInfo("Europe/Paris")
ROLES: Final = {"coordinator": "coordination", "member": "membre", "guest": "invité", "delegate": "secrétariat"}
# The acts of `audit.selectors.LOOKED`, for somebody who has never seen the application.
WHAT: Final = {
    "circle.read": "a affiché la page du cercle, avec votre nom et la liste des membres",
    "circle.open": "a ouvert la conversation",
    "message.read": "a reçu des messages de la conversation",
    "circle.listen": "a gardé son appareil connecté à la conversation, pour recevoir les nouveaux messages",
    "attachment.read": "a téléchargé un fichier de la conversation",
    "patient.read": "a affiché votre identité (nom, naissance, numéro de santé s’il est connu)",
    "careteam.read": "a consulté la liste des professionnels de votre équipe de soins",
    "patient.search": "a cherché votre identité, et a appris qu’un cercle existe pour vous",
    "breakglass.start": "a utilisé l’accès exceptionnel des urgences : a vu qui vous suit, pas les messages",
    "patient.report": "a établi un rapport comme celui-ci, en réponse à votre demande",
}

_ERASED: Final = "Une personne dont le nom a été effacé"


@dataclass(frozen=True, slots=True)
class Names:
    """Who people and structures are, for sentences."""

    cards: Mapping[UUID, ProfessionalCard]
    structures: Mapping[UUID, str]

    @classmethod
    def of_everybody(cls, users: Iterable[UUID], looks: Iterable[Looked]) -> Names:
        """Two queries."""
        seen = list(looks)
        people = {*users, *(one for look in seen for one in (look.user, look.on) if one)}
        organizations = Organization.objects.filter(id__in={look.org for look in seen if look.org})
        return cls(professionals(people), dict(organizations.values_list("id", "name")))

    def of(self, user: UUID | None) -> str:
        card = self.cards.get(user) if user else None
        if card is None:
            return "une personne qui n’est plus connue"
        where = f", {card.organisation.name}" if card.organisation else ""
        return f"{card.name}, {card.profession.label}{where}"

    def who_looked(self, look: Looked) -> str:
        """Name, profession, structure, and for whom; of the moment at which they looked."""
        structure = self.structures.get(look.org) if look.org else None
        if look.who is None:
            return f"Un logiciel de la structure « {structure} »" if structure else "L’exploitation du service"
        card = self.cards.get(look.user) if look.user else None
        name = card.name if card else "Une personne qui n’est plus dans l’annuaire" if look.user else _ERASED
        if card and (look.role is None or look.role == card.profession.code):
            profession = card.profession.label
        else:
            profession = label(G15, look.role or "")
        if structure is None and card and card.organisation and look.org is None:
            structure = card.organisation.name
        behalf = self.cards.get(look.on) if look.on else None
        said = [name, profession, structure, f"pour le compte de {behalf.name}" if behalf else None]
        return ", ".join(part for part in said if part)


def looked_items(circle: Circle, looks: list[Looked], names: Names) -> list[ReportItem]:
    """One for each person, structure and role; what exactly, how often and when in its details."""
    places = dict(Member.objects.filter(circle=circle).order_by("joined").values_list("user_id", "role"))
    return [
        ReportItem(text=f"{names.who_looked(first)}{_place(first, places)}", details=[_detail(look) for look in all_of])
        for first, all_of in _by_person(looks)
    ]


def day(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        moment = moment.astimezone(PARIS)
    return f"{moment:%d/%m/%Y}"


def _by_person(looks: list[Looked]) -> Iterable[tuple[Looked, list[Looked]]]:
    for _, group in groupby(looks, key=lambda look: look.person):
        found = list(group)
        yield found[0], found


def _place(look: Looked, places: Mapping[UUID, str]) -> str:
    if look.user is None:
        return ""
    role = places.get(look.user)
    return f" (dans le cercle : {ROLES[role]})" if role else " (pas membre du cercle)"


def _detail(look: Looked) -> str:
    what = WHAT[look.act]
    if look.times == 1:
        return f"{what} : une fois, le {_moment(look.first)}."
    return f"{what} : {look.times} fois, la première le {_moment(look.first)}, la dernière le {_moment(look.last)}."


def _moment(moment: datetime) -> str:
    local = moment.astimezone(PARIS)
    return f"{local:%d/%m/%Y} à {local:%H}\u00a0h\u00a0{local:%M}"
