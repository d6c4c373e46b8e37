"""The invented directory of the demo and the tests: the town of Saint-Aubrac, its structures and its professionals.

`python -m directory.generate` writes `directory/demo/annuaire.json`; a test keeps file and code the same. Nobody in it
exists: RPPS are of the unassigned range 10990…, FINESS of department 99, addresses end in `.example`. Pure, and the
same on every machine.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from directory.identifiers import FINESS, RPPS
from directory.keys import words
from directory.professions import G15, R38, R85, R94, R95, label, system
from directory.sectors import R02, R66

FILE: Final = Path(__file__).parent / "demo" / "annuaire.json"
SOURCE: Final = "demo"
_MAILBOX: Final = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata"
_BOX_TYPE: Final = system("TRE_R257-TypeBAL")


@dataclass(frozen=True)
class Structure:
    id: str
    name: str
    category: tuple[str, str]
    city: str = "Saint-Aubrac"
    street: str = ""


@dataclass(frozen=True)
class Person:
    """`civility` as in TRE_R81 or TRE_R11; `shown` replaces the nomenclature's label where the mock-up says more."""

    given: str
    family: str
    civility: str
    profession: tuple[str, str]
    structure: str
    shown: str = ""
    speciality: str = ""

    @property
    def id(self) -> str:
        return "-".join(words(f"{self.given} {self.family}"))


STRUCTURES: Final = (
    Structure("dac-haute-combe", "DAC Haute-Combe", (R66, "606"), street="2 place de la Mairie"),
    Structure("msp-pre-clos", "MSP du Pré-Clos", (R66, "603"), street="3 place du Marché"),
    Structure("ch-saint-aubrac", "CH de Saint-Aubrac", (R66, "355"), street="Avenue de l’Hôpital"),
    Structure("pharmacie-halles", "Pharmacie des Halles", (R66, "620"), street="1 rue des Halles"),
    Structure("cabinet-remparts", "Cabinet des Remparts", (R02, "SA08"), street="12 rue du Four"),
    Structure("cabinet-gare", "Cabinet de la Gare", (R02, "SA08"), street="Place de la Gare"),
    Structure("cabinet-verdier", "Cabinet Verdier", (R02, "SA08"), city="Montferrand-le-Haut", street="4 rue Haute"),
    Structure(
        "cpts-deux-vallees", "CPTS des Deux Vallées", (R66, "604"), city="Montferrand-le-Haut", street="18 route du Col"
    ),
    Structure("ssiad-aubepines", "SSIAD Les Aubépines", (R66, "354"), street="5 allée des Sources"),
    Structure("ehpad-tilleuls", "EHPAD Les Tilleuls", (R66, "500"), street="Route du Col"),
    Structure("savs-passerelle", "SAVS La Passerelle", (R66, "446"), city="Rochebrune", street="7 rue du Pont"),
    Structure("ccas-saint-aubrac", "CCAS de Saint-Aubrac", (R66, "405"), street="1 place de la Mairie"),
    Structure(
        "mds-haute-combe",
        "Maison des solidarités de Haute-Combe",
        (R66, "405"),
        city="Rochebrune",
        street="30 avenue du Lac",
    ),
)

# The twelve who sign in. FERRIER coordinates; CARLIER answers for the protection of data and is nobody's carer.
CAST: Final = (
    Person("Anne-Laure", "Ferrier", "MME", (G15, "60"), "dac-haute-combe", "Infirmière coordinatrice"),
    Person("Hélène", "Roussel", "DR", (G15, "10"), "msp-pre-clos", "Médecin généraliste", "SM54"),
    Person("Sophie", "Landrin", "MME", (G15, "60"), "ssiad-aubepines"),
    Person("Thomas", "Oyelaran", "M", (R94, "41"), "ccas-saint-aubrac"),
    Person("Karim", "Benali", "DR", (G15, "21"), "pharmacie-halles"),
    Person("Claire", "Vasseur", "DR", (G15, "10"), "ch-saint-aubrac", "Médecin cardiologue", "SM04"),
    Person("Nadia", "Haddad", "MME", (R85, "313"), "ssiad-aubepines"),
    Person("Malik", "Ducasse", "M", (G15, "70"), "cabinet-remparts"),
    Person("Yanis", "Rocher", "M", (G15, "94"), "ssiad-aubepines"),
    Person("Odile", "Perrin", "MME", (R94, "44"), "ccas-saint-aubrac"),
    Person("Étienne", "Caron", "M", (R94, "51"), "mds-haute-combe"),
    Person("Inès", "Carlier", "MME", (R85, "340"), "ch-saint-aubrac", "Déléguée à la protection des données"),
)

# Others whom the screens show.
_NEIGHBOURS: Final = (
    Person("Élodie", "Pradel", "MME", (G15, "70"), "msp-pre-clos"),
    Person("Joris", "Arnal", "M", (G15, "70"), "ehpad-tilleuls"),
    Person("Lou", "Verdier", "MME", (G15, "70"), "cabinet-verdier"),
    Person("Salomé", "Audran", "MME", (G15, "70"), "ssiad-aubepines"),
    Person("Tiphaine", "Brunel", "MME", (G15, "70"), "ch-saint-aubrac"),
    Person("Paul", "Merle", "M", (R95, "71"), "cabinet-gare"),
    Person("Mathilde", "Achard", "MME", (G15, "50"), "msp-pre-clos"),
    Person("Marc", "Sauvage", "DR", (G15, "10"), "ch-saint-aubrac", "Médecin pédopsychiatre", "SM43"),
    Person("Pascale", "Morel", "MME", (R94, "41"), "mds-haute-combe"),
)

# Everybody else is drawn from these; the seed makes it the same draw each time.
_SEED: Final = 20251127
_OTHERS: Final = 60
_GIVEN: Final = (
    *(("MME", name) for name in ("Agathe", "Bérénice", "Delphine", "Estelle", "Gaëlle", "Honorine", "Lucie", "Noémie")),
    *(("M", name) for name in ("Adrien", "Bastien", "Cédric", "Fabien", "Hugo", "Loïc", "Raphaël", "Youssef")),
)
_FAMILY: Final = (
    *("Abadie", "Bellanger", "Bœuf", "Castaing", "Delmas", "Esnault", "Fabre", "Guilloux", "Hamadi", "Jaubert"),
    *("Kerbrat", "Lacombe", "Lefèvre", "Maupas", "Nguyen", "Peyrat", "Quéméner", "Roumégas", "Traoré", "Zanetti"),
)
_JOBS: Final = (
    (G15, "60", "", ("msp-pre-clos", "ch-saint-aubrac", "ssiad-aubepines", "ehpad-tilleuls", "cpts-deux-vallees")),
    (G15, "10", "SM54", ("msp-pre-clos", "cpts-deux-vallees", "ehpad-tilleuls")),
    (G15, "10", "SM18", ("ch-saint-aubrac", "ehpad-tilleuls")),
    (G15, "21", "", ("pharmacie-halles", "ch-saint-aubrac")),
    (G15, "91", "", ("cabinet-gare", "msp-pre-clos")),
    (G15, "95", "", ("ch-saint-aubrac", "dac-haute-combe")),
    (G15, "96", "", ("ehpad-tilleuls", "savs-passerelle")),
    (R85, "313", "", ("ssiad-aubepines", "ehpad-tilleuls", "ch-saint-aubrac")),
    (R85, "330", "", ("dac-haute-combe",)),
    (R94, "41", "", ("ccas-saint-aubrac", "mds-haute-combe", "ch-saint-aubrac")),
    (R94, "51", "", ("savs-passerelle", "mds-haute-combe")),
    (R94, "53", "", ("ehpad-tilleuls", "savs-passerelle")),
    (R95, "93", "", ("ch-saint-aubrac", "savs-passerelle")),
    (R85, "307", "", ("mds-haute-combe",)),
)


def people() -> list[Person]:
    """Everybody, the cast first."""
    drawn = random.Random(_SEED)  # noqa: S311 — an invention, not a secret
    names = [(given, family) for given in _GIVEN for family in _FAMILY]
    drawn.shuffle(names)
    others = []
    for (civility, given), family in names[:_OTHERS]:
        nomenclature, code, speciality, structures = drawn.choice(_JOBS)
        doctor = (nomenclature, code) in ((G15, "10"), (G15, "21"))
        others.append(
            Person(
                given,
                family,
                "DR" if doctor else civility,
                (nomenclature, code),
                drawn.choice(structures),
                speciality=speciality,
            )
        )
    return [*CAST, *_NEIGHBOURS, *others]


def bundle() -> dict[str, Any]:
    """All of it as one FHIR R4 collection."""
    entries = [*map(_organization, STRUCTURES)]
    for number, person in enumerate(people(), start=1):
        entries += _professional(person, number)
    entries += _offers()
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource} for resource in entries]}


def written() -> str:
    """The exact text of the file: one entry a line, so that a change shows as what it is."""
    content = bundle()
    entries = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in content.pop("entry"))
    head = json.dumps(content)[:-1]
    return f'{head}, "entry": [\n{entries}\n]}}\n'


def _organization(structure: Structure) -> dict[str, Any]:
    number = STRUCTURES.index(structure) + 1
    category_system, category = structure.category
    return {
        "resourceType": "Organization",
        "id": structure.id,
        "identifier": [{"system": FINESS, "value": _with_luhn(f"990000{number:02}")}],
        "active": True,
        "type": [{"coding": [{"system": category_system, "code": category}]}],
        "name": structure.name,
        "address": [{"line": [structure.street], "city": structure.city, "postalCode": "99140"}],
    }


def _professional(person: Person, number: int) -> Iterator[dict[str, Any]]:
    nomenclature, code = person.profession
    given, family = "-".join(words(person.given)), "-".join(words(person.family))
    specialities = [{"coding": [{"system": R38, "code": person.speciality}]}] if person.speciality else []
    yield {
        "resourceType": "Practitioner",
        "id": person.id,
        "identifier": [{"use": "official", "system": RPPS, "value": _with_luhn(f"109900{number:04}")}],
        "active": True,
        "name": [{"use": "usual", "family": person.family, "given": [person.given], "prefix": [person.civility]}],
        "qualification": [
            {"code": {"coding": [{"system": nomenclature, "code": code}]}},
            *({"code": speciality} for speciality in specialities),
        ],
    }
    concept: dict[str, Any] = {"coding": [{"system": nomenclature, "code": code}]}
    if person.shown:
        concept["text"] = person.shown
    elif not label(nomenclature, code):
        raise ValueError(f"{code} of {nomenclature} has no label")
    yield {
        "resourceType": "PractitionerRole",
        "id": f"{person.id}.{person.structure}",
        "active": True,
        "practitioner": {"reference": f"Practitioner/{person.id}"},
        "organization": {"reference": f"Organization/{person.structure}"},
        "code": [concept],
        **({"specialty": specialities} if specialities else {}),
        "telecom": [
            {
                "extension": [
                    {
                        "extension": [
                            {"url": "type", "valueCodeableConcept": {"coding": [{"system": _BOX_TYPE, "code": "PER"}]}},
                            {"url": "listeRouge", "valueBoolean": False},
                        ],
                        "url": _MAILBOX,
                    }
                ],
                "system": "email",
                "value": f"{given}.{family}@demo.mssante.example",
            }
        ],
    }


def _offers() -> list[dict[str, Any]]:
    field, activity = system("TRE_R227-ChampActivite"), system("TRE_R211-ActiviteOperationnelle")
    rows = (
        (
            "medecine-generale",
            "msp-pre-clos",
            "Consultations de médecine générale",
            "05",
            "Ville",
            "437",
            "Médecine générale",
        ),
        (
            "parcours-complexes",
            "dac-haute-combe",
            "Appui aux parcours",
            "05",
            "Ville",
            "335",
            "Coordination de parcours complexes",
        ),
    )
    return [
        {
            "resourceType": "HealthcareService",
            "id": offer,
            "active": True,
            "providedBy": {"reference": f"Organization/{structure}"},
            "type": [{"coding": [{"system": field, "code": field_code, "display": field_label}]}],
            "specialty": [{"coding": [{"system": activity, "code": code, "display": shown}]}],
            "name": name,
        }
        for offer, structure, name, field_code, field_label, code, shown in rows
    ]


def _with_luhn(digits: str) -> str:
    """`digits` with the check digit that RPPS and FINESS numbers end in."""
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(written(), encoding="utf-8")
