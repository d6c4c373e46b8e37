"""Statements that the browser's code made, and bent: what one side accepts or refuses, so does the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chat import statements
from chat.canonical import NotCanonical, from_base64
from chat.certificates import read_certificate, verify_certificate
from chat.statements import Kind, Verified, verify, verify_grant, verify_rotation
from chat.statements.signed import Says

Case = dict[str, Any]
VECTORS: Case = json.loads((Path(__file__).parent / "statements.json").read_text())
CASES: list[Case] = VECTORS["cases"]
CERTIFICATES: Case = json.loads((Path(__file__).parent / "certificate.json").read_text())


def named(cases: list[Case]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


def outcome(case: Case) -> str | None:
    kind: Kind[Any] = getattr(statements, case["kind"].upper())
    try:
        statement = kind.read(from_base64(case["statement"]))
    except NotCanonical:
        return "malformed"
    try:
        if case["kind"] == "rotation":
            verify_rotation(statement)
        else:
            verify(statement, *map(from_base64, case["keys"]))
    except NotCanonical:
        return "bad_signature"
    return None


@pytest.mark.parametrize("case", named(CASES))
def test_a_statement_is_accepted_or_refused_alike(case: Case) -> None:
    assert outcome(case) == case["code"]


def test_every_kind_is_there_as_it_should_be_and_bent() -> None:
    kinds = {case["kind"] for case in CASES}
    assert len(kinds) == 8
    for kind in kinds:
        assert {case["code"] for case in CASES if case["kind"] == kind} == {None, "malformed", "bad_signature"}


@pytest.mark.parametrize("case", named([case for case in CASES if case["code"] is None]))
def test_what_a_statement_says_is_written_as_it_was_read(case: Case) -> None:
    kind: Kind[Any] = getattr(statements, case["kind"].upper())
    statement = kind.read(from_base64(case["statement"]))
    written = json.loads(statement.raw)
    assert statement.says.as_object() | {"v": 1} == {
        name: value for name, value in written.items() if name not in kind.signatures
    }


def test_what_we_sign_is_what_the_browser_signs() -> None:
    case = next(case for case in CASES if case["name"] == "end_order: as it should be")
    order = statements.END_ORDER.read(from_base64(case["statement"]))
    made = statements.END_ORDER.make(order.says, lambda label, content: order.signatures[0])
    assert made == order.raw


@pytest.mark.parametrize("entry", VECTORS["events"])
def test_an_event_has_the_same_hash(entry: Case) -> None:
    assert statements.hash_of_event(from_base64(entry["event"])) == from_base64(entry["hash"])


def test_a_pending_person_has_the_same_commitment() -> None:
    said = VECTORS["pending"]
    commitment = statements.pending_commitment(
        user=UUID(said["user"]), name=said["name"], number=said["number"], system=said["system"]
    )
    assert commitment == from_base64(said["commitment"])


def test_a_grant_is_by_the_device_whose_certificate_it_carries() -> None:
    case = next(case for case in CASES if case["name"] == "history_grant: as it should be")
    grant = statements.HISTORY_GRANT.read(from_base64(case["statement"]))
    valid = CERTIFICATES["cases"][0]
    identity = from_base64(valid["identity_key"])
    own = verify_certificate(grant.says.certificate, identity)
    verified: Verified[Says] = verify_grant(grant, own)
    assert verified.says == grant.says
    other = read_certificate(from_base64(valid["certificate"]))
    with pytest.raises(NotCanonical):
        verify_grant(grant, verify_certificate(other, identity))
