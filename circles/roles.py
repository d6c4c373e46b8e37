"""Which role gives which abilities, and who may hold one. One table each; every right in a circle comes from here.

Used by `circles.services`, `circles.access` and `circles.selectors`. Pure.
"""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, get_args

from circles.errors import CircleError, NotAllowed, Unacceptable

Role = Literal["coordinator", "member", "guest", "delegate"]
Ground = Literal["same_structure", "chosen_by_patient", "formal_team", "outside_team"]
Ability = Literal["read", "send", "invite", "remove", "erase", "grant_history", "join"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
GROUNDS: Final[tuple[Ground, ...]] = get_args(Ground)
ABILITIES: Final[tuple[Ability, ...]] = get_args(Ability)

# Everybody who sends may erase what they sent: `erase` is for what others sent.
# A guest looks on for a while; somebody who shall write for a while is a member with an end date.
ROLE_ABILITIES: Final = MappingProxyType[str, frozenset[Ability]](
    {
        "coordinator": frozenset({"read", "send", "invite", "remove", "erase", "grant_history"}),
        "member": frozenset({"read", "send"}),
        "guest": frozenset({"read"}),
        "delegate": frozenset({"read", "send"}),
    }
)
# Somebody who was invited and has not answered sees the invitation and may enter; nothing of what is said.
INVITEE_ABILITIES: Final[frozenset[Ability]] = frozenset({"join"})
# A closed circle stays legible to its members and takes nothing more.
CLOSED_ABILITIES: Final[frozenset[Ability]] = frozenset({"read"})
# A delegate acts for a named member, whom an invitation of this version cannot name: nobody is invited as one.
INVITABLE_ROLES: Final[frozenset[Role]] = frozenset({"coordinator", "member", "guest"})

_NOS: Final = "https://mos.esante.gouv.fr/NOS/"
# Who may exchange about a patient: code de la santé publique, article R1110-2, read against the national
# nomenclatures of professions (ANS, NOS). None: every code of the nomenclature.
ELIGIBLE: Final = MappingProxyType[str, frozenset[str] | None](
    {
        # 1°: the health professions of the fourth part of the code.
        f"{_NOS}TRE_G15-ProfessionSante/": None,
        # 2° a to e and g: social workers, educators, care and home assistants, assistants familiaux et maternels.
        f"{_NOS}TRE_R94-ProfessionSocial/": None,
        # 2° b: osteopaths, psychotherapists, chiropractors, psychologists.
        # Conseiller en génétique (97, 194) is neither in the fourth part nor in this list.
        f"{_NOS}TRE_R95-UsagerTitre/": frozenset({"171", "172", "173", "193", "71", "72", "73", "93"}),
        f"{_NOS}TRE_R85-RolePriseCharge/": frozenset(
            {
                *("300", "304"),  # 2° a: assistant de service social
                *("305", "306", "323", "328"),  # 2° b: psychologue, psychothérapeute, AMP, AES
                *("322", "351"),  # 2° c: assistant familial, assistant maternel
                *("321", "324", "325", "326", "327"),  # 2° d and g: médiateur familial, moniteurs and éducateurs
                "307",  # 2° f: mandataire judiciaire à la protection des majeurs
                *("302", "318", "319", "320", "350", "371", "372"),  # 2° g: aide à domicile, AVS, TISF, CESF
                "310",  # 2° i: équipe médico-sociale APA
                *("301", "308", "309", "330"),  # 2° j: coordination support (DAC and what became of MAIA)
                *("313", "314", "315", "316", "317"),  # 1°: aides-soignants and others known here by their role only
            }
        ),
        # TRE_R291 says only "characterised by a role": the role, from TRE_R85, is what counts.
    }
)


def eligible(system: str, code: str) -> bool:
    """May someone of this profession be in a care circle? `system` is the FHIR URL of the nomenclature.

    False for a nomenclature or a code that is not on the list: a new one is let in by reading the law, not by default.
    """
    for nomenclature, codes in ELIGIBLE.items():
        if system.startswith(nomenclature):
            return codes is None or code in codes
    return False


def check_may_hold(
    role: str, *, profession_system: str, profession_code: str, not_after: datetime | None, now: datetime
) -> None:
    """Raises the CircleError that says why somebody of this profession cannot be invited in this role."""
    refusal: CircleError | None = None
    if role not in INVITABLE_ROLES:
        refusal = NotAllowed("role_not_allowed", role)
    elif not eligible(profession_system, profession_code):
        refusal = NotAllowed("profession_not_allowed", f"{profession_system}|{profession_code}")
    elif role == "guest" and not_after is None:
        refusal = Unacceptable("guest_without_end")
    elif not_after is not None and not_after <= now:
        refusal = Unacceptable("end_in_the_past")
    if refusal is not None:
        raise refusal
