"""Which role gives which abilities, who may hold one, and which action asks for what. One table each; every right in a
circle and in an organisation comes from here.

Used by `circles.services`, `circles.access` and `circles.selectors`; `ACTIONS` is what the access matrix is made of
(tests/integration/test_access_matrix.py). Pure.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, get_args

from circles.errors import CircleError, NotAllowed, Unacceptable

Role = Literal["coordinator", "member", "guest", "delegate"]
Ground = Literal["same_structure", "chosen_by_patient", "formal_team", "outside_team", "no_patient"]
Ability = Literal["read", "send", "invite", "remove", "erase", "grant_history", "join"]
OrganisationRole = Literal["administrator", "compliance_officer", "registrar"]
OrganisationAbility = Literal["administer", "review", "attest"]
# Beside abilities: `public`, nobody needs to sign in; `link`, who was sent the link that works once; `signed_in`,
# whoever has; `professional`, in a profession that may be in a circle; `colleague`, who practises in that structure;
# `self`, only what is one's own; `due`, any member once the server or the calendar asks for it; `coordinator`, who
# decides who is in a circle, also in a closed one; `team_coordinator`, the same where no patient is; `system`, a system
# of an organisation with its credentials.
Personal = Literal["signed_in", "professional", "colleague", "self", "due", "coordinator", "team_coordinator"]
Who = Ability | OrganisationAbility | Personal | Literal["public", "link", "system"]

# Why an invitee says no: it is not theirs to do, they have no room, they do not know this person, the letter was for
# somebody else, another reason.
DeclineCode = Literal["not_concerned", "unavailable", "not_known", "wrong_person", "other"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
GROUNDS: Final[tuple[Ground, ...]] = get_args(Ground)
ABILITIES: Final[tuple[Ability, ...]] = get_args(Ability)
ORGANISATION_ROLES: Final[tuple[OrganisationRole, ...]] = get_args(OrganisationRole)
ORGANISATION_ABILITIES: Final[tuple[OrganisationAbility, ...]] = get_args(OrganisationAbility)
# Of everybody in a circle that has no patient, and of nobody elsewhere: the law's grounds are about a patient.
NO_PATIENT: Final[Ground] = "no_patient"

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
# They open no circle: people appoint each other, look into how rights were used, vouch for keys.
ORGANISATION_ROLE_ABILITIES: Final = MappingProxyType[OrganisationRole, frozenset[OrganisationAbility]](
    {
        "administrator": frozenset({"administer"}),
        "compliance_officer": frozenset({"review"}),
        "registrar": frozenset({"attest"}),
    }
)
# Two who talk: nobody puts the other out or takes back the other's words. Whoever wants to, leaves.
_NOT_BETWEEN_TWO: Final[frozenset[Ability]] = frozenset({"remove", "erase"})
# Somebody who was invited and has not answered sees the invitation and may enter; nothing of what is said.
INVITEE_ABILITIES: Final[frozenset[Ability]] = frozenset({"join"})
# A closed circle stays legible to its members and takes nothing more.
CLOSED_ABILITIES: Final[frozenset[Ability]] = frozenset({"read"})
# Each HTTP operation, each frame of the socket, each envelope that `send` carries and each thing a commit does: who
# may, by any one of these. A test fails for one that is missing here, and for one that lets somebody else in.
ACTIONS: Final = MappingProxyType[str, Set[Who]](
    {
        "GET /api/me": {"signed_in"},
        # Circles.
        "GET /api/circles": {"signed_in"},
        "POST /api/circles": {"professional"},
        "POST /api/circles/{circle_id}/compartments": {"invite"},
        "POST /api/organisations/{organisation_id}/teams": {"colleague"},
        "POST /api/exchanges": {"self"},
        "GET /api/circles/{circle_id}": {"read"},
        "GET /api/circles/{circle_id}/candidates": {"invite"},
        "POST /api/circles/{circle_id}/reservations": {"invite"},
        "GET /api/circles/{circle_id}/proposals": {"invite"},
        "GET /api/proposals": {"signed_in"},
        "POST /api/proposals/{proposal_id}/dismiss": {"self", "invite"},
        "POST /api/circles/{circle_id}/leave": {"read"},
        "GET /api/circles/{circle_id}/timeline": {"read"},
        "POST /api/circles/{circle_id}/close": {"remove"},
        "POST /api/circles/{circle_id}/reopen": {"coordinator"},
        "POST /api/circles/{circle_id}/consents/{consent_id}/withdraw": {"remove"},
        "POST /api/circles/{circle_id}/oppositions": {"remove"},
        "POST /api/circles/{circle_id}/oppositions/{opposition_id}/lift": {"coordinator"},
        "GET /api/circles/{circle_id}/group": {"read", "join"},
        "GET /api/circles/{circle_id}/chain": {"read", "join"},
        "GET /api/circles/{circle_id}/items": {"read"},
        "GET /api/circles/{circle_id}/epochs": {"grant_history"},
        "GET /api/circles/{circle_id}/duties": {"read"},
        "GET /api/circles/{circle_id}/receipts": {"read"},
        "PUT /api/circles/{circle_id}/keys/{epoch}": {"read"},
        "GET /api/keys": {"signed_in"},
        # Files.
        "POST /api/circles/{circle_id}/files": {"send"},
        "PUT /api/circles/{circle_id}/files/{file_id}": {"self"},
        "GET /api/circles/{circle_id}/files/{file_id}/status": {"self"},
        "GET /api/circles/{circle_id}/files/{file_id}": {"read"},
        # Invitations.
        "GET /api/invitations": {"signed_in"},
        "POST /api/invitations/{invitation_id}/remind": {"invite"},
        "POST /api/invitations/{invitation_id}/resend": {"invite"},
        "POST /api/welcome": {"link"},
        "POST /api/welcome/claim": {"link"},
        "POST /api/welcome/refuse": {"link"},
        "POST /api/invitations/{invitation_id}/accept": {"self"},
        "POST /api/invitations/{invitation_id}/decline": {"self"},
        # Patients, and who stands outside their circles.
        "GET /api/circles/{circle_id}/patient": {"read"},
        "PUT /api/circles/{circle_id}/patient": {"invite"},
        "POST /api/patients/search": {"professional"},
        "POST /api/patients/insi": {"professional"},
        "POST /api/patients/ask": {"professional"},
        "GET /api/circles/{circle_id}/join-requests": {"invite"},
        "POST /api/join-requests/{request_id}/dismiss": {"invite"},
        "POST /api/breakglass": {"professional"},
        "GET /api/breakglass/{break_glass_id}": {"self"},
        "POST /api/breakglass/{break_glass_id}/end": {"self"},
        "POST /api/breakglass/{break_glass_id}/review": {"review"},
        "GET /api/circles/{circle_id}/breakglasses": {"read"},
        "GET /api/organisations/{organisation_id}/breakglasses": {"review"},
        "GET /api/receipts/{event_id}": {"self"},
        # What I was told.
        "GET /api/notices": {"signed_in"},
        "POST /api/notices/seen": {"signed_in"},
        # How I am reached.
        "GET /api/push": {"signed_in"},
        "PUT /api/devices/{device_id}/push": {"self"},
        "DELETE /api/devices/{device_id}/push": {"self"},
        "GET /api/preferences": {"signed_in"},
        "PUT /api/preferences": {"signed_in"},
        # The directory, profiles, contacts.
        "GET /api/directory": {"signed_in"},
        "GET /api/structures/{structure_id}": {"signed_in"},
        "GET /api/profile": {"signed_in"},
        "PUT /api/profile": {"signed_in"},
        "GET /api/profiles/{practitioner_id}": {"signed_in"},
        "GET /api/contacts": {"signed_in"},
        "POST /api/contacts/{user_id}/ask": {"signed_in"},
        "POST /api/contacts/{user_id}/accept": {"self"},
        "POST /api/contacts/{user_id}/refuse": {"self"},
        "POST /api/contacts/{user_id}/end": {"self"},
        "POST /api/contacts/{user_id}/block": {"signed_in"},
        "POST /api/contacts/{user_id}/unblock": {"self"},
        # Devices and keys.
        "GET /api/devices": {"signed_in"},
        "POST /api/devices": {"signed_in"},
        "PATCH /api/devices/{device_id}": {"self"},
        "POST /api/devices/{device_id}/object": {"self"},
        "POST /api/devices/{device_id}/revoke": {"self"},
        "GET /api/vault": {"signed_in"},
        "PUT /api/vault": {"signed_in"},
        "POST /api/identity/rotate": {"signed_in"},
        "POST /api/identity/reset": {"signed_in"},
        "GET /api/key-events": {"signed_in"},
        "GET /api/key-log": {"signed_in"},
        # Organisations.
        "GET /api/organisations/{organisation_id}/people": {"attest"},
        "PUT /api/organisations/{organisation_id}/steward": {"attest"},
        "POST /api/organisations/{organisation_id}/attestations": {"attest"},
        "GET /api/organisations/{organisation_id}/circles": {"attest"},
        "POST /api/organisations/{organisation_id}/restorations": {"attest"},
        "GET /api/organisations/{organisation_id}/systems": {"administer"},
        "POST /api/organisations/{organisation_id}/systems": {"administer"},
        "POST /api/organisations/{organisation_id}/systems/{system_id}/secret": {"administer"},
        "DELETE /api/organisations/{organisation_id}/systems/{system_id}": {"administer"},
        # Systems of organisations, over FHIR.
        "GET /fhir/metadata": {"public"},
        "POST /fhir/": {"system"},
        "GET /fhir/CareTeam": {"system"},
        "POST /fhir/CareTeam": {"system"},
        "PUT /fhir/CareTeam/{team}": {"system"},
        "GET /fhir/CareTeam/_history": {"system"},
        "GET /fhir/CareTeam/{team}": {"system"},
        "GET /fhir/CareTeam/{team}/_history": {"system"},
        "GET /fhir/CareTeam/{team}/_history/{version}": {"system"},
        "GET /fhir/Patient/{wanted}": {"system"},
        "POST /fhir/Patient": {"system"},
        "PUT /fhir/Patient/{wanted}": {"system"},
        "POST /fhir/RelatedPerson": {"system"},
        "PUT /fhir/RelatedPerson/{wanted}": {"system"},
        "POST /fhir/Organization": {"system"},
        "PUT /fhir/Organization/{wanted}": {"system"},
        "GET /fhir/RelatedPerson/{wanted}": {"system"},
        "GET /fhir/Organization/{wanted}": {"system"},
        "GET /fhir/PractitionerRole/{wanted}": {"system"},
        "GET /fhir/Practitioner/{wanted}": {"system"},
        "GET /api/organisations/{organisation_id}/staff": {"administer"},
        "PUT /api/organisations/{organisation_id}/staff/{user_id}/roles/{role}": {"administer"},
        "DELETE /api/organisations/{organisation_id}/staff/{user_id}/roles/{role}": {"administer"},
        "POST /api/organisations/{organisation_id}/staff/{user_id}/depart": {"administer"},
        "GET /api/organisations/{organisation_id}/retention": {"administer", "review"},
        "PUT /api/organisations/{organisation_id}/retention": {"administer"},
        "POST /api/organisations/{organisation_id}/patient-report": {"review"},
        "POST /api/organisations/{organisation_id}/patient-erasure": {"review"},
        # The officer's desk.
        "GET /api/organisations/{organisation_id}/trail": {"review"},
        "GET /api/organisations/{organisation_id}/trail/facets": {"review"},
        "GET /api/organisations/{organisation_id}/trail/events/{event_id}": {"review"},
        "GET /api/organisations/{organisation_id}/certificates": {"review"},
        "POST /api/organisations/{organisation_id}/certificates": {"review"},
        "GET /api/organisations/{organisation_id}/certificates/{certificate_id}": {"review"},
        "GET /api/organisations/{organisation_id}/certificates/{certificate_id}/pdf": {"review"},
        "POST /api/organisations/{organisation_id}/trail/events/{event_id}/open": {"review"},
        "GET /api/organisations/{organisation_id}/trail/events/{event_id}/proof": {"review"},
        "GET /api/organisations/{organisation_id}/trail/consistency": {"review"},
        "GET /api/organisations/{organisation_id}/trail/rights": {"review"},
        "GET /api/organisations/{organisation_id}/trail/officers": {"review"},
        "GET /api/circles/{circle_id}/trail": {"read"},
        "POST /api/organisations/{organisation_id}/trail/subjects": {"review"},
        "POST /api/organisations/{organisation_id}/trail/resolve": {"review"},
        "GET /api/organisations/{organisation_id}/trail/resolutions": {"review"},
        "POST /api/organisations/{organisation_id}/trail/resolutions/{resolution_id}/approve": {"review"},
        "POST /api/organisations/{organisation_id}/trail/resolutions/{resolution_id}/open": {"review"},
        "GET /api/organisations/{organisation_id}/exports": {"review"},
        "POST /api/organisations/{organisation_id}/exports": {"review"},
        "GET /api/organisations/{organisation_id}/exports/{export_id}/file": {"review"},
        "GET /api/organisations/{organisation_id}/holds": {"review"},
        "POST /api/organisations/{organisation_id}/holds": {"review"},
        "POST /api/organisations/{organisation_id}/holds/{hold_id}/lift": {"review"},
        "GET /api/organisations/{organisation_id}/findings": {"review"},
        "GET /api/organisations/{organisation_id}/findings/{finding_id}": {"review"},
        "POST /api/organisations/{organisation_id}/findings/{finding_id}/annotations": {"review"},
        "GET /api/organisations/{organisation_id}/thresholds": {"review"},
        "PUT /api/organisations/{organisation_id}/thresholds": {"review"},
        "GET /api/organisations/{organisation_id}/monthly-reports": {"review"},
        "GET /api/organisations/{organisation_id}/monthly-reports/{month}": {"review"},
        "GET /api/organisations/{organisation_id}/monthly-reports/{month}/pdf": {"review"},
        # The socket.
        "socket hello": {"self"},
        "socket ping": {"signed_in"},
        "socket join": {"read"},
        "socket leave": {"signed_in"},
        "socket receipt": {"read"},
        "socket received": {"read"},
        "socket seen": {"read"},
        "socket report": {"read"},
        "socket grant": {"grant_history"},
        "send message": {"send"},
        "send urgent": {"send"},
        "send ack": {"send"},
        "send notice": {"team_coordinator"},
        "send erase": {"self", "erase"},
        "commit join": {"join", "read"},
        "commit update": {"send"},
        "commit invite": {"invite"},
        "commit admit": {"invite"},
        "commit role": {"invite"},
        "commit end": {"remove", "due"},
        "commit revoke": {"self", "remove", "due"},
        "commit rotate": {"read"},
        "commit reset": {"invite"},
        "commit restore": {"due"},
    }
)

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


def abilities_in(kind: str, role: str) -> frozenset[Ability]:
    """What a role may do in a circle of this kind."""
    held: frozenset[Ability] = ROLE_ABILITIES[role]
    return held - _NOT_BETWEEN_TWO if kind == "direct" else held


def eligible(system: str, code: str) -> bool:
    """May someone of this profession be in a care circle? `system` is the FHIR URL of the nomenclature.

    False for a nomenclature or a code that is not on the list: a new one is let in by reading the law, not by default.
    """
    for nomenclature, codes in ELIGIBLE.items():
        if system.startswith(nomenclature):
            return codes is None or code in codes
    return False


def check_may_hold(
    role: str,
    *,
    profession_system: str,
    profession_code: str,
    not_after: datetime | None,
    now: datetime,
    about_patient: bool = True,
) -> None:
    """Raises the CircleError that says why somebody of this profession cannot be invited in this role. Where there is
    no patient every profession is welcome.
    """
    refusal: CircleError | None = None
    if role not in ROLES:
        refusal = NotAllowed("role_not_allowed", role)
    # A secretariat needs no profession of the list: it works under the named member (docs/decisions/0010).
    elif about_patient and role != "delegate" and not eligible(profession_system, profession_code):
        refusal = NotAllowed("profession_not_allowed", f"{profession_system}|{profession_code}")
    elif role == "guest" and not_after is None:
        refusal = Unacceptable("guest_without_end")
    elif not_after is not None and not_after <= now:
        refusal = Unacceptable("end_in_the_past")
    if refusal is not None:
        raise refusal
