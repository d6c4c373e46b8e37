"""Asks the national identity service (INSi) who a person is: operation "recherche de l'INS avec des traits d'identité".

Used by `circles.api_patients`. SOAP 1.2 over mutual TLS, as the GIE SESAM-Vitale's integration guide describes it
(namespaces www.cnamts.fr); `settings.INSI_URL`, `INSI_CERTIFICATE` and `INSI_AUTHORISATION` say where and as whom.
Asking stores nothing: what was found is for the person who asks to compare.
"""

from __future__ import annotations

import re
import ssl
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal
from uuid import uuid4
from xml.etree.ElementTree import Element, ParseError, SubElement, register_namespace, tostring

import httpx
import structlog
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.conf import settings

from circles.errors import Conflict, Unacceptable
from circles.ins import OIDS, UNKNOWN_BIRTHPLACE, PatientTraits, Sex, has_right_key

Outcome = Literal["found", "none", "several", "refused", "unreachable", "disabled"]

log = structlog.get_logger(__name__)

TIMEOUT: Final = 5.0  # seconds, each of connecting, sending, and the answer; somebody waits at a screen
LARGEST: Final = 64 * 1024  # bytes; an answer has about 1,500
ACTION: Final = "urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite"

_SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING: Final = "http://www.w3.org/2005/08/addressing"
_BAM: Final = "urn:siram:bam:ctxbam"
_LPS: Final = "urn:siram:lps:ctxlps"
_ASKED: Final = "http://www.cnamts.fr/INSiRecSans"
_ANSWERED: Final = "http://www.cnamts.fr/INSiResultat"
_OUTCOMES: Final[dict[str, Outcome]] = {"00": "found", "01": "none", "02": "several"}
_TEMPORARY: Final = "siram_40"  # the service behind the front door does not answer
_LIGATURES: Final = str.maketrans({"Œ": "OE", "Æ": "AE", "’": "'", "ß": "SS", "Ø": "O", "Ł": "L"})

for _prefix, _namespace in {"soap": _SOAP, "wsa": _ADDRESSING, "ctxbam": _BAM, "ctxlps": _LPS, "ins": _ASKED}.items():
    register_namespace(_prefix, _namespace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An identity as the national service has it."""

    birth_name: str
    given_names: str
    birth_date: date
    sex: Sex
    birthplace: str
    matricule: str
    oid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    outcome: Outcome
    found: Found | None = None


def search(traits: PatientTraits) -> Answer:
    """Who has these traits: by the first given name, and by the place of birth too when several have the rest.

    Errors: `not_asked_nationally` for somebody doubtful or fictive (RNIV), `bad_name` when nothing is left of a name in
    the service's alphabet. What keeps the service from answering is an outcome, not an error.
    """
    if {"doubtful", "fictive"} & set(traits.attributes):
        raise Conflict("not_asked_nationally")
    if traits.sex == "I":
        raise Unacceptable("bad_sex")  # the service knows two
    if settings.INSI_URL is None:
        return Answer(outcome="disabled")
    answer = _ask(_envelope(traits, with_place=False))
    if answer.outcome == "several" and traits.birthplace != UNKNOWN_BIRTHPLACE:
        answer = _ask(_envelope(traits, with_place=True))
    return answer


def spelled(name: str) -> str:
    """A name in the alphabet of the service: A to Z, space, apostrophe, hyphen. Raises Unacceptable."""
    decomposed = unicodedata.normalize("NFKD", name.upper().translate(_LIGATURES))
    plain = re.sub(r"[^A-Z' -]", "", decomposed)
    plain = re.sub(r" {2,}", " ", plain).lstrip(" -").rstrip()
    if not plain:
        raise Unacceptable("bad_name")
    return plain


def _ask(envelope: bytes) -> Answer:
    try:
        with httpx.Client(verify=_trust(), timeout=TIMEOUT, follow_redirects=False) as client:
            headers = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{ACTION}"'}
            with client.stream("POST", str(settings.INSI_URL), content=envelope, headers=headers) as response:
                body = _bounded(response)
        return _read(body)
    except (httpx.HTTPError, OSError, ParseError, DefusedXmlException, ValueError) as failure:
        # By its kind alone: its words may quote what was asked.
        log.warning("insi.unreachable", error=type(failure).__name__)
        return Answer(outcome="unreachable")


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.INSI_CERTIFICATE is not None:
        context.load_cert_chain(settings.INSI_CERTIFICATE)
    return context


def _bounded(response: httpx.Response) -> bytes:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST:
            raise ValueError("too large an answer")
    return body


def _envelope(traits: PatientTraits, *, with_place: bool) -> bytes:
    envelope = Element(f"{{{_SOAP}}}Envelope")
    header = SubElement(envelope, f"{{{_SOAP}}}Header")
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    bam = SubElement(header, f"{{{_BAM}}}ContexteBAM", Version="01_02")
    _texts(bam, _BAM, {"Id": str(uuid4()), "Temps": now, "Emetteur": settings.INSI_AUTHORISATION})
    SubElement(bam, f"{{{_BAM}}}COUVERTURE")
    lps = SubElement(header, f"{{{_LPS}}}ContexteLPS", Nature="CTXLPS", Version="01_00")
    _texts(lps, _LPS, {"Id": str(uuid4()), "Temps": now, "Emetteur": settings.INSI_AUTHORISATION})
    software = SubElement(lps, f"{{{_LPS}}}LPS")
    SubElement(software, f"{{{_LPS}}}IDAM", R="4").text = settings.INSI_AUTHORISATION
    _texts(software, _LPS, {"Version": settings.VERSION, "Instance": str(uuid4()), "Nom": "urn:lps:Cordee"})
    _texts(header, _ADDRESSING, {"Action": ACTION, "MessageID": f"uuid:{uuid4()}"})
    asked = SubElement(SubElement(envelope, f"{{{_SOAP}}}Body"), f"{{{_ASKED}}}RECSANSVITALE")
    _texts(
        asked,
        _ASKED,
        {
            "NomNaissance": spelled(traits.birth_name),
            "Prenom": spelled(traits.given_names.split()[0]),
            "Sexe": traits.sex,
            "DateNaissance": traits.birth_date.isoformat(),
        }
        | ({"LieuNaissance": traits.birthplace} if with_place else {}),
    )
    return bytes(tostring(envelope, encoding="utf-8", xml_declaration=True))


def _texts(parent: Element, namespace: str, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        SubElement(parent, f"{{{namespace}}}{name}").text = text


def _read(body: bytes) -> Answer:
    """The answer; ValueError when it is none of the forms that the service has."""
    envelope = fromstring(body, forbid_dtd=True)
    fault = envelope.find(f".//{{{_SOAP}}}Fault")
    if fault is not None:
        subcode = fault.findtext(f".//{{{_SOAP}}}Subcode/{{{_SOAP}}}Value", "").rpartition(":")[2]
        log.warning("insi.fault", code=subcode[:20])
        return Answer(outcome="unreachable" if subcode == _TEMPORARY else "refused")
    result = envelope.find(f".//{{{_ANSWERED}}}RESULTAT")
    if result is None:
        raise ValueError("no RESULTAT")
    outcome = _OUTCOMES.get(_text(result, "CR", "CodeCR"))
    if outcome is None:
        raise ValueError("another CodeCR")
    return Answer(outcome=outcome, found=_found(result) if outcome == "found" else None)


def _found(result: Element) -> Found:
    number = ("INDIVIDU", "INSACTIF", "IdIndividu")
    traits = ("INDIVIDU", "TIQ")
    sex, oid = _text(result, *traits, "Sexe"), _text(result, "INDIVIDU", "INSACTIF", "OID")
    matricule = _text(result, *number, "NumIdentifiant") + _text(result, *number, "Cle").zfill(2)
    if oid not in OIDS or sex not in ("M", "F"):
        raise ValueError("another OID or sex")
    found = Found(
        birth_name=_text(result, *traits, "NomNaissance"),
        given_names=_text(result, *traits, "ListePrenom"),
        birth_date=date.fromisoformat(_text(result, *traits, "DateNaissance")),
        sex="M" if sex == "M" else "F",
        birthplace=_text(result, *traits, "LieuNaissance"),
        matricule=matricule,
        oid=oid,
    )
    _check(found)
    return found


def _check(found: Found) -> None:
    """What the service says keeps the rules of an identity that was retrieved from it."""
    try:
        PatientTraits(
            birth_name=found.birth_name,
            given_names=found.given_names,
            birth_date=found.birth_date,
            sex=found.sex,
            birthplace=found.birthplace,
            identity_status="retrieved",
            matricule=found.matricule,
            oid=found.oid,
        )
    except Unacceptable as refusal:
        raise ValueError(refusal.code) from refusal
    if not has_right_key(found.matricule):
        raise ValueError("wrong key")


def _text(element: Element, *path: str) -> str:
    text = element.findtext("/".join(f"{{{_ANSWERED}}}{step}" for step in path))
    if not text:
        raise ValueError(f"no {path[-1]}")
    return text.strip()
