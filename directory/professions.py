"""What professions are called when a resource gives only their code, and by what other words people look. Pure.

Used by `directory.fhir` and `directory.rows`. The labels restate codes of the national nomenclatures (ANS, NOS: TRE_G15
and TRE_R85 of 2025-03-28, TRE_R94 and TRE_R95 of 2024-12-13, TRE_R38 of 2024-05-31); feminine forms are ours.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

NOS: Final = "https://mos.esante.gouv.fr/NOS/"


def system(nomenclature: str) -> str:
    """`TRE_G15-ProfessionSante` → the URL under which FHIR resources cite it."""
    return f"{NOS}{nomenclature}/FHIR/{nomenclature.replace('_', '-', 1)}"


G15: Final = system("TRE_G15-ProfessionSante")
R94: Final = system("TRE_R94-ProfessionSocial")
R95: Final = system("TRE_R95-UsagerTitre")
R291: Final = system("TRE_R291-AutreProfession")
R85: Final = system("TRE_R85-RolePriseCharge")
R38: Final = system("TRE_R38-SpecialiteOrdinale")

# Where a profession is found in a resource: the first that occurs wins; R85 says more than R291, which refers to it.
PROFESSIONS: Final = (G15, R94, R95, R85, R291)

LABELS: Final = MappingProxyType(
    {
        (G15, "10"): "Médecin",
        (G15, "21"): "Pharmacien",
        (G15, "26"): "Audioprothésiste",
        (G15, "28"): "Opticien-lunetier",
        (G15, "31"): "Assistant dentaire",
        (G15, "32"): "Physicien médical",
        (G15, "35"): "Aide-soignant",
        (G15, "36"): "Ambulancier",
        (G15, "37"): "Auxiliaire de puériculture",
        (G15, "38"): "Préparateur en pharmacie hospitalière",
        (G15, "39"): "Préparateur en pharmacie",
        (G15, "40"): "Chirurgien-dentiste",
        (G15, "50"): "Sage-femme",
        (G15, "60"): "Infirmier",
        (G15, "69"): "Infirmier psychiatrique",
        (G15, "70"): "Masseur-kinésithérapeute",
        (G15, "80"): "Pédicure-podologue",
        (G15, "81"): "Orthoprothésiste",
        (G15, "82"): "Podo-orthésiste",
        (G15, "83"): "Orthopédiste-orthésiste",
        (G15, "84"): "Oculariste",
        (G15, "85"): "Épithésiste",
        (G15, "86"): "Technicien de laboratoire médical",
        (G15, "91"): "Orthophoniste",
        (G15, "92"): "Orthoptiste",
        (G15, "93"): "Psychologue",
        (G15, "94"): "Ergothérapeute",
        (G15, "95"): "Diététicien",
        (G15, "96"): "Psychomotricien",
        (G15, "98"): "Manipulateur en électroradiologie médicale",
        (R94, "41"): "Assistant de service social",
        (R94, "42"): "Auxiliaire de vie sociale",
        (R94, "43"): "Technicien de l’intervention sociale et familiale",
        (R94, "44"): "Conseiller en économie sociale et familiale",
        (R94, "45"): "Médiateur familial",
        (R94, "46"): "Assistant familial",
        (R94, "47"): "Aide médico-psychologique",
        (R94, "48"): "Moniteur éducateur",
        (R94, "49"): "Éducateur de jeunes enfants",
        (R94, "51"): "Éducateur spécialisé",
        (R94, "52"): "Éducateur technique spécialisé",
        (R94, "53"): "Accompagnant éducatif et social",
        (R95, "71"): "Ostéopathe",
        (R95, "72"): "Psychothérapeute",
        (R95, "73"): "Chiropracteur",
        (R95, "93"): "Psychologue",
        (R95, "97"): "Conseiller en génétique",
        (R291, "99"): "Acteur du système de santé caractérisé par son rôle",
        (R85, "307"): "Mandataire judiciaire à la protection des majeurs",
        (R85, "310"): "Équipe médico-sociale APA",
        (R85, "313"): "Aide-soignant",
        (R85, "314"): "Ambulancier",
        (R85, "315"): "Auxiliaire de puériculture",
        (R85, "328"): "Accompagnant éducatif et social",
        (R85, "330"): "Coordonnateur de parcours",
        (R85, "331"): "Secrétaire assistant médico-administratif",
        (R85, "332"): "Assistant médical",
        (R85, "371"): "Aide à domicile qualifié",
        (R85, "372"): "Aide à domicile",
        (R38, "SM04"): "Cardiologie et maladies vasculaires",
        (R38, "SM18"): "Gériatrie",
        (R38, "SM26"): "Médecine générale",
        (R38, "SM53"): "Médecine générale",
        (R38, "SM54"): "Médecine générale",
    }
)

# First words of a label whose feminine differs; applied when the resource says `MME` and gives no label of its own.
_FEMININE: Final = MappingProxyType(
    {
        "Accompagnant éducatif": "Accompagnante éducative",
        "Aide-soignant": "Aide-soignante",
        "Ambulancier": "Ambulancière",
        "Assistant": "Assistante",
        "Conseiller": "Conseillère",
        "Diététicien": "Diététicienne",
        "Infirmier": "Infirmière",
        "Masseur-kinésithérapeute": "Masseuse-kinésithérapeute",
        "Médiateur familial": "Médiatrice familiale",
        "Moniteur éducateur": "Monitrice éducatrice",
        "Opticien-lunetier": "Opticienne-lunetière",
        "Pharmacien": "Pharmacienne",
        "Préparateur": "Préparatrice",
        "Psychomotricien": "Psychomotricienne",
        "Technicien": "Technicienne",
        "Éducateur": "Éducatrice",
    }
)

# Words people type that no label contains.
OTHER_WORDS: Final = MappingProxyType(
    {
        (G15, "10"): "docteur medecin traitant",
        (G15, "21"): "pharmacie",
        (G15, "40"): "dentiste",
        (G15, "50"): "maieuticien",
        (G15, "60"): "infirmier infirmiere ide idel",
        (G15, "70"): "kine kinesitherapeute",
        (G15, "80"): "podologue",
        (G15, "96"): "psychomot",
        (R38, "SM04"): "cardiologue",
        (R38, "SM18"): "geriatre",
        (R38, "SM26"): "generaliste",
        (R38, "SM53"): "generaliste",
        (R38, "SM54"): "generaliste",
        (R94, "41"): "assistant assistante sociale ass as",
        (R94, "42"): "avs",
        (R94, "43"): "tisf",
        (R94, "44"): "cesf",
        (R94, "53"): "aes",
        (R95, "93"): "psy",
        (R85, "307"): "mjpm tuteur curateur",
        (R85, "313"): "aide soignante",
    }
)


def label(system: str, code: str, *, feminine: bool = False) -> str:
    """The label of a code, empty when it is not in the table."""
    text = LABELS.get((system, code), "")
    if feminine:
        for masculine, form in _FEMININE.items():
            if text.startswith(masculine):
                return form + text.removeprefix(masculine)
    return text
