"""POST /api/patients/insi: what the national identity service answers, and what becomes of an answer that is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from circles.errors import CircleError
from circles.ins import DEMO_OID, PatientTraits
from circles.insi import LARGEST, search, spelled
from circles.models import Patient
from config.insi_simulator import PEOPLE, simulator
from tests import factories
from tests.cast import Browser
from tests.factories import Colleague
from tests.integration.test_change_patient import fields

ENVELOPE = '<S:Envelope xmlns:S="http://www.w3.org/2003/05/soap-envelope"><S:Body>{}</S:Body></S:Envelope>'
RESULT = '<RESULTAT xmlns="http://www.cnamts.fr/INSiResultat"><CR><CodeCR>{}</CodeCR></CR>{}</RESULTAT>'
PERSON = (
    "<INDIVIDU><INSACTIF><IdIndividu><NumIdentifiant>{number}</NumIdentifiant><Cle>{key}</Cle></IdIndividu>"
    "<OID>{oid}</OID></INSACTIF><TIQ><NomNaissance>AUBERTIN</NomNaissance><ListePrenom>JEANNE</ListePrenom>"
    "<Sexe>{sex}</Sexe><DateNaissance>{born}</DateNaissance><LieuNaissance>38421</LieuNaissance></TIQ></INDIVIDU>"
)
SOUND = {"number": "2410338421056", "key": "38", "oid": DEMO_OID, "sex": "F", "born": "1941-03-12"}


def asked(birth_name: str = "Aubertin", given_names: str = "Jeanne", **changes: object) -> PatientTraits:
    return factories.a_patient(
        **{
            "birth_name": birth_name,
            "given_names": given_names,
            "birthplace": "38421",
            "identity_status": "provisional",
            "matricule": None,
            "oid": None,
        }
        | changes
    )


@pytest.fixture
def service(settings: Settings) -> Iterator[None]:
    """The simulator, as the demo starts it."""
    with simulator(0) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.INSI_URL = f"http://127.0.0.1:{server.server_address[1]}/"
        yield
        server.shutdown()


@pytest.fixture
def answering(settings: Settings) -> Iterator[Callable[[str], None]]:
    """`answering(text)`: a service that says nothing but this."""
    said = [b""]

    class Saying(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(said[0])

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Saying) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.INSI_URL = f"http://127.0.0.1:{server.server_address[1]}/"
        yield lambda text: said.__setitem__(0, text.encode())
        server.shutdown()


def post(browser: Browser, person: Colleague | None, patient: PatientTraits) -> tuple[int, Any]:
    body = json.dumps({"patient": fields(patient)})
    response = browser(person).post("/api/patients/insi", body, content_type="application/json")
    return response.status_code, response.json()


def test_somebody_is_found_and_nothing_is_stored(service: None, browser: Browser, gp: Colleague) -> None:
    status, answer = post(browser, gp, asked(given_names="Jeanne", birthplace="38185"))
    assert (status, answer["outcome"]) == (200, "found")
    assert answer["found"] == {
        "birth_name": "AUBERTIN",
        "given_names": "JEANNE MARIE",
        "birth_date": "1941-03-12",
        "sex": "F",
        "birthplace": "38421",
        "matricule": f"2410338421056{PEOPLE[0].key:02}",
        "oid": DEMO_OID,
    }
    assert answer["differs"] == ["given_names", "birthplace"]
    assert not Patient.objects.exists()


def test_none_several_and_out_of_order(service: None) -> None:
    assert search(asked("Inconnue")).outcome == "none"
    paul = {"birth_name": "Verdier", "given_names": "Paul", "sex": "M", "birth_date": date(1950, 1, 1)}
    assert search(asked(**paul, birthplace="99999")).outcome == "several"  # type: ignore[arg-type]
    # The place of birth tells them apart.
    told_apart = search(asked(**paul, birthplace="42218"))  # type: ignore[arg-type]
    assert told_apart.found is not None
    assert told_apart.found.given_names == "PAUL ANTOINE"
    assert search(asked("Panne")).outcome == "unreachable"


def test_names_are_asked_in_the_alphabet_of_the_service(service: None) -> None:
    assert spelled("Émile-Œdipe d’Ør") == "EMILE-OEDIPE D'OR"
    emile = asked("Grandvaux", "Émile Henri", sex="M", birth_date=date(1934, 7, 4))
    assert search(emile).outcome == "found"
    with pytest.raises(CircleError, match="bad_name"):
        spelled("世")


def test_who_may_ask(service: None, browser: Browser, gp: Colleague, officer: Colleague) -> None:
    assert post(browser, None, asked())[1]["code"] == "signed_out"
    assert post(browser, officer, asked())[1]["code"] == "profession_not_allowed"
    cache.clear()
    assert {post(browser, gp, asked())[0] for _ in range(60)} == {200}
    assert post(browser, gp, asked())[0] == 429


@pytest.mark.parametrize("attribute", ["doubtful", "fictive"])
def test_the_service_is_not_asked_about_somebody_doubtful_or_fictive(
    service: None, browser: Browser, gp: Colleague, attribute: str
) -> None:
    assert post(browser, gp, asked(attributes=(attribute,)))[1]["code"] == "not_asked_nationally"


def test_without_a_service_it_says_so(browser: Browser, gp: Colleague, settings: Settings) -> None:
    settings.INSI_URL = None
    assert post(browser, gp, asked())[1] == {"outcome": "disabled", "found": None, "differs": []}


def test_a_service_that_is_not_there_is_an_outcome(settings: Settings) -> None:
    settings.INSI_URL = "http://127.0.0.1:9/"
    assert search(asked()).outcome == "unreachable"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (ENVELOPE.format(RESULT.format("00", PERSON.format(**SOUND))), "found"),
        (ENVELOPE.format(RESULT.format("00", PERSON.format(**SOUND | {"key": "25"}))), "unreachable"),
        (ENVELOPE.format(RESULT.format("00", PERSON.format(**SOUND | {"oid": "1.2.3"}))), "unreachable"),
        (ENVELOPE.format(RESULT.format("00", PERSON.format(**SOUND | {"sex": "X"}))), "unreachable"),
        (ENVELOPE.format(RESULT.format("00", PERSON.format(**SOUND | {"born": "1941-13-12"}))), "unreachable"),
        (ENVELOPE.format(RESULT.format("00", "")), "unreachable"),
        (ENVELOPE.format(RESULT.format("07", "")), "unreachable"),
        (ENVELOPE.format(""), "unreachable"),
        (
            ENVELOPE.format(
                "<S:Fault><S:Code><S:Subcode><S:Value>S:siram_100</S:Value></S:Subcode></S:Code></S:Fault>"
            ),
            "refused",
        ),
        ("<html>maintenance</html>", "unreachable"),
        ("not xml", "unreachable"),
        ("", "unreachable"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "unreachable"),
        (ENVELOPE.format("x" * LARGEST), "unreachable"),
    ],
)
def test_an_answer_is_taken_whole_or_not_at_all(answering: Callable[[str], None], said: str, outcome: str) -> None:
    answering(said)
    answer = search(asked())
    assert answer.outcome == outcome
    assert (answer.found is not None) == (outcome == "found")
