"""A stand-in for the national identity service: `python -m config.insi_simulator PORT`, on this machine only.

For the demo and the tests. It answers "recherche de l'INS avec des traits d'identité" as the service does (found, none,
several, a fault) about invented people with demonstration numbers. Nothing of what it says is about anybody.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

DEMO_OID: Final = "1.2.250.1.213.1.4.11"
LARGEST: Final = 64 * 1024
# Whoever is called so meets a service that is out of order.
OUT_OF_ORDER: Final = "PANNE"

_SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
_ASKED: Final = "http://www.cnamts.fr/INSiRecSans"


@dataclass(frozen=True)
class Invented:
    birth_name: str
    given_names: str
    sex: str
    birth_date: str
    birthplace: str
    number: str

    @property
    def key(self) -> int:
        return 97 - int(self.number.replace("2A", "19").replace("2B", "18")) % 97


PEOPLE: Final = (
    Invented("AUBERTIN", "JEANNE MARIE", "F", "1941-03-12", "38421", "2410338421056"),
    Invented("AUBERTIN", "JEAN", "M", "1967-09-02", "38421", "1670938421112"),
    Invented("GRANDVAUX", "EMILE", "M", "1934-07-04", "38185", "1340738185023"),
    Invented("KERVELLA", "ODETTE", "F", "1947-11-19", "29019", "2471129019044"),
    Invented("DIARRA", "FATOU", "F", "1988-05-30", "99335", "2880599335077"),
    Invented("SAINT-LOUP", "MARGUERITE ANNE", "F", "1952-02-29", "2A004", "252022A004031"),
    # Two who share what is asked first; their places of birth tell them apart.
    Invented("VERDIER", "PAUL", "M", "1950-01-01", "69123", "1500169123018"),
    Invented("VERDIER", "PAUL ANTOINE", "M", "1950-01-01", "42218", "1500142218061"),
)


class Simulator(BaseHTTPRequestHandler):
    """One POST address; anything else is not found."""

    server_version = "INSi simulator"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if length > LARGEST:
            self.send_error(413)
            return
        try:
            asked = fromstring(self.rfile.read(length)).find(f".//{{{_ASKED}}}RECSANSVITALE")
        except (ParseError, DefusedXmlException):
            asked = None
        answer = _fault("siram_100") if asked is None else answered(asked)
        body = answer.encode()
        self.send_response(500 if "Fault" in answer else 200)
        self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent: what is asked names people."""


def answered(asked: Element) -> str:
    said = {name: asked.findtext(f"{{{_ASKED}}}{name}") for name in ("NomNaissance", "Prenom", "Sexe", "DateNaissance")}
    place = asked.findtext(f"{{{_ASKED}}}LieuNaissance")
    if said["NomNaissance"] == OUT_OF_ORDER:
        return _fault("siram_40")
    found = [
        each
        for each in PEOPLE
        if (each.birth_name, each.given_names.split()[0], each.sex, each.birth_date) == tuple(said.values())
        and place in (None, each.birthplace)
    ]
    if len(found) == 1:
        return _result("00", "OK", _individual(found[0]))
    return _result("02", "Plusieurs identites trouvees") if found else _result("01", "Aucune identite trouvee")


def _individual(person: Invented) -> str:
    return (
        "<INDIVIDU><INSACTIF><IdIndividu>"
        f"<NumIdentifiant>{person.number}</NumIdentifiant><Cle>{person.key:02}</Cle>"
        f"</IdIndividu><OID>{DEMO_OID}</OID></INSACTIF>"
        f"<TIQ><NomNaissance>{escape(person.birth_name)}</NomNaissance>"
        f"<ListePrenom>{escape(person.given_names)}</ListePrenom><Sexe>{person.sex}</Sexe>"
        f"<DateNaissance>{person.birth_date}</DateNaissance><LieuNaissance>{person.birthplace}</LieuNaissance></TIQ>"
        "</INDIVIDU>"
    )


def _result(code: str, label: str, individual: str = "") -> str:
    return _envelope(
        '<RESULTAT xmlns="http://www.cnamts.fr/INSiResultat">'
        f"<CR><CodeCR>{code}</CodeCR><LibelleCR>{label}</LibelleCR></CR>{individual}</RESULTAT>"
    )


def _fault(code: str) -> str:
    return _envelope(
        "<S:Fault><S:Code><S:Value>S:Receiver</S:Value><S:Subcode>"
        f"<S:Value>S:{code}</S:Value></S:Subcode></S:Code>"
        '<S:Reason><S:Text xml:lang="en">Le service est temporairement inaccessible.</S:Text></S:Reason></S:Fault>'
    )


def _envelope(content: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="{_SOAP}"><S:Body>{content}</S:Body></S:Envelope>'
    )


def simulator(port: int) -> ThreadingHTTPServer:
    """Bound to `port` (0: any free one) of this machine, to be served."""
    return ThreadingHTTPServer(("127.0.0.1", port), Simulator)


if __name__ == "__main__":
    simulator(int(sys.argv[1])).serve_forever()
