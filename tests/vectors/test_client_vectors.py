"""The vectors that the browser's code wrote, read by the server's: what one accepts or refuses, so does the other.

`frontend/test/vectors/generate.ts` makes the files from fixed seeds. Where the two sides have other words for a
refusal, or one side cannot know (the server never decrypts, and checks an invitation before the chain has grown), the
tables here say so; every other case must agree, code for code.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chat import canonical, certificates, policy
from chat.canonical import NotCanonical, from_base64
from chat.envelope import BadEnvelope, Kind, read_envelope, verify_envelope
from chat.invitations import check_invitation
from chat.log import hash_at
from chat.mls import BadSignature
from chat.policy import Invite, PolicyRefused

Case = dict[str, Any]
FOLDER = Path(__file__).parent


def vectors(name: str) -> Case:
    content: Case = json.loads((FOLDER / f"{name}.json").read_text())
    assert content["origin"] == "frontend/test/vectors/generate.ts"
    return content


CANONICAL, CERTIFICATE, ENVELOPE, LOG, POLICY = map(
    vectors, ("canonical", "certificate", "envelope", "loghash", "policy")
)


def named(cases: list[Case]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


# --- canonical JSON ---


@pytest.mark.parametrize("encoded", CANONICAL["canonical"])
def test_the_browsers_canonical_json_is_ours(encoded: str) -> None:
    data = base64.b64decode(encoded)
    assert canonical.encode(canonical.decode(data, limit=len(data))) == data


@pytest.mark.parametrize("case", named(CANONICAL["refused"]))
def test_what_the_browser_refuses_as_canonical_json_so_do_we(case: Case) -> None:
    with pytest.raises(NotCanonical):
        canonical.decode(base64.b64decode(case["bytes"]), limit=10_000)


# --- certificates ---


@pytest.mark.parametrize("case", named(CERTIFICATE["cases"]))
def test_a_certificate_is_accepted_or_refused_alike(case: Case) -> None:
    assert _certificate_outcome(case) == case["code"]


def _certificate_outcome(case: Case) -> str | None:
    """`malformed` and `bad_signature` are one exception here: nobody needs to tell them apart."""
    try:
        certificate = certificates.read_certificate(base64.b64decode(case["certificate"]))
    except NotCanonical:
        return "malformed"
    try:
        certificates.verify_certificate(certificate, base64.b64decode(case["identity_key"]))
    except NotCanonical:
        return "bad_signature"
    return None


def test_a_valid_certificate_says_the_same() -> None:
    said = CERTIFICATE["valid"]
    raw = next(case["certificate"] for case in CERTIFICATE["cases"] if case["name"] == "valid")
    certificate = certificates.read_certificate(base64.b64decode(raw))
    assert (str(certificate.user), str(certificate.device)) == (said["user"], said["device"])
    assert certificate.key == from_base64(said["key"])
    assert canonical.to_time(certificate.created) == said["created"]
    assert canonical.to_time(certificate.not_after) == said["not_after"]


# --- envelopes ---


@pytest.mark.parametrize("case", named(ENVELOPE["cases"]))
def test_an_envelope_is_accepted_or_refused_as_a_server_can(case: Case) -> None:
    outcome = None
    try:
        envelope = read_envelope(base64.b64decode(case["envelope"]))
        if key := ENVELOPE["leaf_keys"].get(str(envelope.device)):
            verify_envelope(envelope, from_base64(key))
    except BadEnvelope:
        outcome = "bad_envelope"
    except BadSignature:
        outcome = "bad_signature"
    assert outcome == case["server"]
    if outcome is not None:
        assert case["code"] == outcome, "the browser lets pass what the server refuses"


def test_a_header_says_the_same() -> None:
    said = ENVELOPE["header"]
    envelope = read_envelope(base64.b64decode(ENVELOPE["cases"][0]["envelope"]))
    assert envelope.kind is Kind(said["kind"])
    assert [str(each) for each in (envelope.circle, envelope.id, envelope.device)] == [
        said["circle"],
        said["id"],
        said["device"],
    ]
    assert (envelope.epoch, int(envelope.created.timestamp() * 1000)) == (said["epoch"], said["created"])
    assert envelope.commitment == from_base64(ENVELOPE["commitment"])


# --- the log ---


def test_the_log_has_the_same_hash_at_every_place() -> None:
    hash_ = bytes(32)
    for number, place in enumerate(LOG["places"], 1):
        hash_ = hash_at(hash_, number, from_base64(place["digest"]))
        assert (number, hash_) == (place["seq"], from_base64(place["hash"]))
    before, after = LOG["far"]["before"], LOG["far"]["after"]
    assert hash_at(from_base64(before["hash"]), after["seq"], from_base64(LOG["far"]["digest"])) == from_base64(
        after["hash"]
    )


# --- the policy and its chain ---


def outcome_of(act: Callable[[], object]) -> str | None:
    try:
        act()
    except PolicyRefused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("case", named(POLICY["chains"]))
def test_a_chain_is_folded_or_refused_alike(case: Case) -> None:
    changes, circle = [from_base64(each) for each in case["changes"]], UUID(POLICY["circle"])
    assert outcome_of(lambda: policy.fold(changes, circle)) == case["code"]
    if case["code"] is None:
        assert policy.fold(changes, circle).to_extension() == from_base64(case["policy"])


@pytest.mark.parametrize("case", named(POLICY["policies"]))
def test_an_extension_is_read_or_refused_alike(case: Case) -> None:
    assert outcome_of(lambda: policy.read_policy(from_base64(case["extension"]))) == case["code"]


@pytest.mark.parametrize("case", named(POLICY["commits"]))
def test_a_commit_leads_to_the_same_policy_or_is_refused_alike(case: Case) -> None:
    before = from_base64(case["before"])
    after = before if case["extension"] is None else from_base64(case["extension"])

    def commit() -> None:
        policy.apply_note(policy.read_policy(before), policy.read_note(from_base64(case["note"])), after)

    assert outcome_of(commit) == case["code"]


# What only the joiner can see: the server has no expectation whom the caller wants to be. `not_named` likewise: whether
# the chain has come to name the joiner's key is asked when it joins.
ONLY_THE_JOINER = {"names someone else"}


@pytest.mark.parametrize("case", named(POLICY["invitations"]))
def test_an_invitation_is_accepted_or_refused_alike(case: Case) -> None:
    changes = [from_base64(each) for each in case["changes"]]
    accepted = case["code"] in (None, "not_named") or case["name"] in ONLY_THE_JOINER
    assert _invitation_is_good(changes, from_base64(case["invitation"])) == accepted


def _invitation_is_good(changes: list[bytes], raw: bytes) -> bool:
    """As when it came: with the change that it pins the newest of the chain."""
    pinned = json.loads(raw)["head"]["n"]
    if pinned >= len(changes):
        return False
    change = policy.read_change(changes[pinned])
    head = policy.fold(changes[: pinned + 1], change.circle).head
    if not isinstance(change.op, Invite):
        return False
    try:
        check_invitation(
            raw, change=change, person=change.op.person, change0=policy.read_change(changes[0]).hash(), head=head
        )
    except NotCanonical:
        return False
    return True
