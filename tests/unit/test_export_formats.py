"""The human formats of an export: nothing runs in a spreadsheet, every act is a valid AuditEvent with BALP's slices."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from audit.acts import ACTS
from audit.events import OUTCOMES, PURPOSES, Event, leaf
from compliance.exports import balp, lines, table
from compliance.exports.report import write_report
from compliance.exports.rows import Row, row_of
from compliance.exports.summary import Summary
from compliance.exports.words import ACT_WORDS, GROUP_WORDS, OUTCOME_WORDS, PURPOSE_WORDS
from compliance.groups import GROUPS

BASE = "https://cordee.example"
ORIGIN = "cordee.example/audit/2026"
WHO, PATIENT, CIRCLE, DEVICE = (UUID(int=(number << 96) + number) for number in range(1, 5))


def a_row(act: str = "circle.read", **more: Any) -> Row:
    """An event with everything that a signed-in person's event has; `more` replaces."""
    said: dict[str, Any] = {
        "id": UUID(int=99),
        "t": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        "act": act,
        "n": bytes(16),
        "node": "main/0.1.0",
        "who": WHO,
        "dev": DEVICE,
        "ses": "5" * 32,
        "role": "60",
        "org": str(UUID(int=7)),
        "auth": "pwd+totp",
        "pat": PATIENT,
        "cir": CIRCLE,
        "obj": f"Circle/{CIRCLE}",
        "why": ACTS[act].why,
        "net": "e" * 32,
        "req": "f" * 32,
        "epo": 41,
        "cnt": 3,
    }
    return row_of(ORIGIN, 1048311, leaf(Event(**(said | more)), writer=1, number=2).decode())


def test_every_word_is_there() -> None:
    assert set(ACT_WORDS) == set(ACTS)
    assert set(GROUP_WORDS) == set(GROUPS)
    assert set(OUTCOME_WORDS) == OUTCOMES
    assert set(PURPOSE_WORDS) == PURPOSES


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "\u00a0@", "\uff1d", " \uff0b"])
def test_no_cell_is_a_formula(begin: str) -> None:
    row = Row(ORIGIN, 1, {**a_row().leaf, "err": f'{begin}cmd|"/c calc"!A1'})
    read = list(csv.reader(io.StringIO(table.header() + table.lines([row]), newline="")))
    assert len(read) == 2
    assert [cell for cell in read[1] if cell.startswith(table.FORMULA)] == []
    assert f'\'{begin}cmd|"/c calc"!A1' in read[1]


def test_the_table_is_as_rfc_4180_says_and_marked_for_spreadsheets() -> None:
    text = table.header() + table.lines([a_row(), a_row("auth.login", out=8, err="bad_password")])
    assert text.encode().startswith(b"\xef\xbb\xbf")
    assert text.count("\r\n") == text.count("\n") == 3
    rows = list(csv.DictReader(io.StringIO(text.removeprefix(table.BOM), newline="")))
    assert (rows[0]["Acte"], rows[0]["Qui"], rows[0]["Cercle"]) == (
        "Membres et patient d’un cercle consultés",
        "P-00000",
        "C-00000",
    )
    assert (rows[1]["Résultat"], rows[1]["Code de refus"]) == ("Refusé\u00a0: aucun droit", "bad_password")


def test_lines_hold_the_leaf_as_it_is() -> None:
    [said] = [json.loads(line) for line in lines.lines([a_row()]).splitlines()]
    assert (said["origin"], said["index"], said["group"]) == (ORIGIN, 1048311, "reading")
    assert said["event"] == a_row().leaf


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_is_a_valid_audit_event(act: str) -> None:
    empty = {"who": None, "dev": None, "ses": None, "role": None, "org": None, "pat": None, "cir": None, "obj": None}
    for row in (
        a_row(act),
        a_row(act, out=8, err="not_found"),
        a_row(act, obj=None),
        a_row(act, pat=None, on=WHO),
        a_row(act, **empty, sys=UUID(int=12)),
        a_row(act, **empty, net=None, req=None, auth="system"),
    ):
        resource = balp.audit_event(row, BASE)
        AuditEvent.model_validate(resource)
        assert [each["requestor"] for each in resource["agent"]].count(True) == 1
        check_profile(resource)


def check_profile(resource: dict[str, Any]) -> None:
    """The slices of BALP 1.1.3 (FSH of IHE/ITI.BasicAudit), as rules of our own."""
    [address] = resource.get("meta", {}).get("profile", [None])
    if address is None:
        return
    name = address.rpartition("IHE.BasicAudit.")[2]
    assert (resource["outcome"], len(resource["agent"]) >= 2) == ("0", True)
    subtypes = {(each["system"], each["code"]) for each in resource["subtype"]}
    if name == "PrivacyDisclosure.Source":
        assert (resource["type"]["code"], resource["action"]) == ("110106", "R")
        assert ("http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "disclose") in subtypes
        assert _agent(resource, "110153")["who"] == resource["source"]["observer"]
        assert _agent(resource, "110152")["network"]
        assert _entity(resource, "1")["what"]["type"] == "Patient"
        return
    interaction, action, client, server = {
        "Create": ("create", "C", "110153", "110152"),
        "Read": ("read", "R", "110152", "110153"),
        "Update": ("update", "U", "110153", "110152"),
        "Delete": ("delete", "D", "110150", "custodian"),
        "Query": ("search", "E", "110153", "110152"),
    }[name.removeprefix("Patient")]
    assert (resource["type"]["code"], resource["action"]) == ("rest", action)
    assert ("http://hl7.org/fhir/restful-interaction", interaction) in subtypes
    for end in (client, server):
        agent = _agent(resource, end)
        assert agent["who"]
        assert agent["network"]
        assert "media" not in agent
    users = [each for each in resource["agent"] if _code(each) in ("AUT", "IRCP", "INF", "CST") and "name" in each]
    for user in users:
        assert _code(user) == ("IRCP" if interaction in ("read", "search") else "AUT")
        assert (user["requestor"], "network" in user) == (True, False)
    data = _entity(resource, "2")
    if interaction == "search":
        assert data["role"]["code"] == "24"
        assert "what" not in data
        assert data["_query"]["extension"][0]["valueCode"] == "masked"
    else:
        assert data["role"]["code"] == "4"
        assert data["what"]
    if name.startswith("Patient"):
        patient = _entity(resource, "1")
        assert (patient["role"]["code"], patient["what"]["type"]) == ("1", "Patient")


def _code(agent: dict[str, Any]) -> str | None:
    return agent["type"]["coding"][0]["code"] if "type" in agent else None


def _agent(resource: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any]
    [found] = [each for each in resource["agent"] if _code(each) == code]
    return found


def _entity(resource: dict[str, Any], code: str) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
    found: dict[str, Any]
    [found] = [each for each in resource["entity"] if (each["type"]["system"], each["type"]["code"]) == (system, code)]
    return found


@pytest.mark.parametrize(
    ("act", "more", "profile"),
    [
        ("circle.read", {}, "PatientRead"),
        ("circle.read", {"pat": None}, "Read"),
        ("message.send", {}, "PatientCreate"),
        ("circle.close", {}, "PatientUpdate"),
        ("message.erase", {}, "PatientDelete"),
        ("circle.list", {"pat": None, "cir": None, "obj": None}, "Query"),
        ("patient.report", {}, "PrivacyDisclosure.Source"),
        ("circle.read", {"out": 8, "err": "not_found"}, None),
        ("auth.login", {}, None),
        ("circle.open", {}, None),
        ("message.send", {"net": None}, None),
    ],
)
def test_a_profile_is_named_where_it_is_met(act: str, more: dict[str, Any], profile: str | None) -> None:
    assert balp.profile_of(a_row(act, **more)) == profile


def test_a_summary_goes_on_after_it_was_kept() -> None:
    rows = [a_row(), a_row("breakglass.start"), a_row("message.send", out=8, err="not_found")]
    whole, parts = Summary(), Summary()
    whole.add(rows)
    for row in rows:
        parts.add([row])
        parts = Summary.from_json(json.loads(json.dumps(parts.to_json())))
    assert parts == whole
    assert (whole.total, whole.refused, len(whole.notable), whole.days) == (3, 1, 2, {"2026-11-22": [2, 1]})


def test_a_report_is_a_pdf_also_of_nothing_and_holds_no_markup_of_a_reason() -> None:
    manifest = {
        "organisation": "MSP du Pré-Clos",
        "made": "2026-11-22T10:00:00+00:00",
        "by": "P-00000",
        "reason": "Demande <b>de</b> la direction & co",
        "chosen": "Tous les actes",
        "vkeys": ["cordee.example/audit/2026+12345678+AAAA"],
        "ranges": [{"origin": ORIGIN, "from": 0, "to": 9}],
    }
    for rows in ([], [a_row(), a_row("breakglass.start"), a_row("message.send", out=8, err="not_found")] * 40):
        summary, out = Summary(), io.BytesIO()
        summary.add(rows)
        write_report(out, summary, manifest)
        assert out.getvalue().startswith(b"%PDF-")
