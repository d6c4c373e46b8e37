"""Who was entitled to read, certified: what the signatures and the log say, checked by a program that shares no code
with the server; whatever is changed in a certificate is refused.
"""

from __future__ import annotations

import copy
import json
from base64 import b64decode, b64encode
from hashlib import sha256
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.events import Actor
from audit.models import Event, Pseudonym
from audit.services import record
from chat.models import Item
from compliance.certifying import KEPT, forget_certificates
from compliance.models import Certificate
from compliance.scope import as_officer
from tests.certified import Document, Story, Tamper, a_story, people, verified
from tests.chat_people import Scene, a_care_circle
from tests.log import seal


@pytest.fixture(scope="module")
def story(scene: Scene) -> Story:
    return a_story(scene)


# --- what it says ---


def test_a_message_was_for_its_epochs_roster_and_for_whom_the_past_was_given(story: Story, tmp_path: Path) -> None:
    document = story.of_early
    assert verified(document, tmp_path) == (0, [])
    entitled = people(document)
    assert set(entitled) == {str(each.id) for each in (story.gp, story.nurse, story.outside)}
    gp, nurse, outside = (entitled[str(each.id)] for each in (story.gp, story.nurse, story.outside))
    assert (gp["role"], gp["epochs"], gp["left"]) == ("coordinator", [[2, 2]], None)
    assert nurse["epochs"] == [[2, 2]]
    assert nurse["left"] is not None
    assert (outside["epochs"], outside["grants"][0][:2], outside["ground"]) == ([], [2, 2], "outside_team")
    assert outside["consent"] is not None
    assert outside["since"] > gp["since"] == document["claim"]["about"]["t"]


def test_a_later_device_of_somebody_who_was_there_reads_through_the_vault(story: Story) -> None:
    devices = {each["id"]: each["in_roster"] for each in people(story.of_early)[str(story.nurse.id)]["devices"]}
    assert devices == {str(story.nurse.device.id): True, str(story.second_device): False}


def test_who_came_later_and_was_given_nothing_is_not_entitled(story: Story, tmp_path: Path) -> None:
    document = story.document(message=story.late)
    assert verified(document, tmp_path) == (0, [])
    assert set(people(document)) == {str(each.id) for each in (story.gp, story.outside, story.aide)}
    assert people(document)[str(story.aide.id)]["not_after"] is not None


def test_a_period_has_everybody_who_was_there_in_it(story: Story, tmp_path: Path) -> None:
    document = story.of_period
    assert verified(document, tmp_path) == (0, [])
    assert document["claim"]["epochs"] == [0, story.circle.epoch]
    spans = {user: person["epochs"] for user, person in people(document).items()}
    assert spans[str(story.gp.id)] == [[0, story.circle.epoch]]
    assert spans[str(story.nurse.id)] == [[2, story.circle.epoch - 1]]


def test_what_was_handed_over_is_said_as_such(story: Story) -> None:
    """The gp's device listened when it wrote; nobody claims that somebody read."""
    handed = people(story.of_early)[str(story.outside.id)]["handed_over"]
    assert {each["act"] for each in handed} <= {"message.read", "circle.listen", "attachment.read", "circle.open"}
    assert "circle.listen" in {each["act"] for each in handed}


def test_nobody_is_named_who_was_not_resolved_by_this_officer(story: Story, tmp_path: Path) -> None:
    assert story.of_early["names"] == []
    text = json.dumps(story.of_early)
    assert str(story.nurse.user.email) not in text
    with transaction.atomic():
        record("subject.resolve", actor=_officer(story), obj=("Person", story.nurse.id), reason="Demande du patient")
    named = story.document(message=story.early)
    assert [each["user"] for each in named["names"]] == [str(story.nurse.id)]
    assert verified(named, tmp_path) == (0, [])


def _officer(story: Story) -> Actor:
    return as_officer(story.officer.actor, story.organization)


# --- what is refused ---


def _person_removed(d: Document, s: Story) -> None:
    d["claim"]["people"] = [each for each in d["claim"]["people"] if each["user"] != str(s.nurse.id)]


def _person_added(d: Document, s: Story) -> None:
    stranger = copy.deepcopy(d["claim"]["people"][0]) | {"user": str(s.aide.id)}
    d["claim"]["people"] = sorted([*d["claim"]["people"], stranger], key=lambda each: each["user"])


def _other_epoch(d: Document, s: Story) -> None:
    d["claim"]["epochs"] = [1, 1]


def _other_circle(d: Document, s: Story) -> None:
    d["claim"]["circle"] = str(uuid4())


def _other_message(d: Document, s: Story) -> None:
    d["claim"]["about"]["message"] = str(s.late)


def _ground_changed(d: Document, s: Story) -> None:
    people(d)[str(s.outside.id)]["ground"] = "formal_team"


def _role_changed(d: Document, s: Story) -> None:
    people(d)[str(s.nurse.id)]["role"] = "coordinator"


def _end_hidden(d: Document, s: Story) -> None:
    people(d)[str(s.nurse.id)]["left"] = None


def _device_hidden(d: Document, s: Story) -> None:
    person = people(d)[str(s.nurse.id)]
    person["devices"] = [each for each in person["devices"] if each["in_roster"]]


def _key_chain_cut(d: Document, s: Story) -> None:
    _device_hidden(d, s)
    del d["evidence"]["keys"][str(s.nurse.id)][1]


def _identity_changed(d: Document, s: Story) -> None:
    people(d)[str(s.nurse.id)]["identity"] = people(d)[str(s.gp.id)]["identity"]


def _grant_removed(d: Document, s: Story) -> None:
    d["evidence"]["grants"] = []


def _grant_altered(d: Document, s: Story) -> None:
    raw = b64decode(d["evidence"]["grants"][0]).replace(str(s.outside.id).encode(), str(s.aide.id).encode())
    d["evidence"]["grants"][0] = b64encode(raw).decode()


def _stale_roster(d: Document, s: Story) -> None:
    """The last commits are left out, with their acts: the nurse would be there still."""
    facts = d["evidence"]["facts"]
    last = max(json.loads(each["leaf"]).get("epo", 0) for each in facts)
    d["evidence"]["epochs"].pop()
    d["evidence"]["facts"] = [each for each in facts if json.loads(each["leaf"]).get("epo") != last]
    people(d)[str(s.nurse.id)]["left"] = None
    d["claim"]["present"] = last  # still says how many there were


def _commit_left_out(d: Document, s: Story) -> None:
    del d["evidence"]["epochs"][2]


def _commit_altered(d: Document, s: Story) -> None:
    commit = d["evidence"]["epochs"][3]
    commit["raw"] = commit["raw"].replace(commit["raw"][400:404], "AAAA", 1)


def _tag_altered(d: Document, s: Story) -> None:
    """Behind what its device signed, so that only the log's hash tells."""
    commit = d["evidence"]["epochs"][3]
    commit["raw"] = b64encode(b64decode(commit["raw"])[:-1] + b"x").decode()


def _tree_hash_altered(d: Document, s: Story) -> None:
    d["evidence"]["epochs"][1]["tree_hash"] = d["evidence"]["epochs"][2]["tree_hash"]


def _fact_altered(d: Document, s: Story) -> None:
    for each in d["evidence"]["facts"]:
        each["leaf"] = each["leaf"].replace('"act":"message.send"', '"act":"message.seen"')


def _foreign_proof(d: Document, s: Story) -> None:
    facts = d["evidence"]["facts"]
    facts[0]["p"], facts[1]["p"] = facts[1]["p"], facts[0]["p"]
    facts[0]["i"], facts[1]["i"] = facts[1]["i"], facts[0]["i"]


def _pseudonyms_swapped(d: Document, s: Story) -> None:
    one, other = (each for each in d["evidence"]["bindings"] if each["subject"] in (str(s.gp.id), str(s.nurse.id)))
    one["subject"], other["subject"] = other["subject"], one["subject"]


def _root_altered(d: Document, s: Story) -> None:
    checkpoints = d["evidence"]["checkpoints"]
    for origin, note in checkpoints.items():
        lines = note.split("\n")
        lines[2] = "A" * 43 + "="
        checkpoints[origin] = "\n".join(lines)


def _consent_of_another_act(d: Document, s: Story) -> None:
    person = people(d)[str(s.outside.id)]
    person["consent"] = person["bound"]


def _handed_over_earlier(d: Document, s: Story) -> None:
    person = people(d)[str(s.outside.id)]
    person["handed_over"][0]["t"] = person["since"]


def _named_without_right(d: Document, s: Story) -> None:
    said = {"name": "AUTRE Personne", "profession": "", "structure": None, "attestation": None}
    d["names"] = [said | {"user": str(s.aide.id)}]


TAMPERS: dict[str, tuple[Tamper, str]] = {
    "somebody left out": (_person_removed, "person_missing"),
    "somebody added": (_person_added, "person_added"),
    "another epoch": (_other_epoch, "claim"),
    "another circle": (_other_circle, "claim"),
    "another message": (_other_message, "claim"),
    "another ground": (_ground_changed, "person_changed"),
    "another role": (_role_changed, "person_changed"),
    "an end hidden": (_end_hidden, "person_changed"),
    "a device hidden": (_device_hidden, "person_changed"),
    "a device hidden with its key event": (_key_chain_cut, "keys"),
    "another identity": (_identity_changed, "person_changed"),
    "a grant left out": (_grant_removed, "person_added"),
    "a grant for somebody else": (_grant_altered, "grant"),
    "a stale roster": (_stale_roster, "claim"),
    "a commit left out": (_commit_left_out, "claim"),
    "a commit altered": (_commit_altered, "epoch"),
    "a commit's tag altered": (_tag_altered, "logged"),
    "a tree of another epoch": (_tree_hash_altered, "epoch"),
    "an act altered": (_fact_altered, "path"),
    "the proof of another act": (_foreign_proof, "path"),
    "pseudonyms swapped": (_pseudonyms_swapped, "binding"),
    "another root": (_root_altered, "unsigned"),
    "another act as consent": (_consent_of_another_act, "person_changed"),
    "handed over at another time": (_handed_over_earlier, "person_changed"),
    "a name of somebody else": (_named_without_right, "claim"),
}


@pytest.mark.parametrize("name", TAMPERS)
def test_what_was_changed_is_refused(story: Story, tmp_path: Path, name: str) -> None:
    tamper, code = TAMPERS[name]
    document = copy.deepcopy(story.of_early)
    tamper(document, story)
    status, codes = verified(document, tmp_path)
    assert (status, codes[:1]) == (1, [code])


def test_what_is_no_certificate_is_unreadable(story: Story, tmp_path: Path) -> None:
    assert verified({"format": "something else", "v": 1}, tmp_path)[0] == 2
    assert verified(story.of_early | {"v": 2}, tmp_path)[0] == 2


# --- who asks ---


def test_officers_of_the_organisation_make_them_and_nobody_else(story: Story, scene: Scene) -> None:
    path = f"organisations/{story.organization}/certificates"
    body: Document = {"message": str(story.early), "reason": "Demande du patient"}
    assert scene.over_http(lambda who: who.post(path, dict(body))) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "not_found",
        "member": "not_found",
        "coordinator": "not_found",
    }
    assert story.gp.post(path, body)[0] == 404
    assert story.officer.post(path, body)[0] == 200


def test_another_organisations_circle_is_not_there(story: Story, scene: Scene) -> None:
    theirs = str(scene.circle.id)
    assert story.certify(**story.period | {"circle": theirs})[0] == 404
    assert story.certify(message=uuid7()) == (404, {"code": "not_found", "detail": ""})


@pytest.mark.parametrize("asked", [{}, {"since": "2026-01-01T00:00:00Z"}, {"until": "2025-01-01T00:00:00Z"}])
def test_a_period_has_a_beginning_and_an_end(story: Story, asked: dict[str, str]) -> None:
    assert story.certify(circle=story.name, **asked)[0] == 422


def test_making_one_is_an_act_with_its_reason_and_the_documents_hash(story: Story) -> None:
    status, made = story.certify(message=story.early)
    assert status == 200
    kept = Certificate.objects.get(id=made["id"])
    said = json.loads(kept.event.leaf)
    assert (said["act"], said["obj"], said["cnt"]) == ("audit.certify", f"Message/{story.early}", 3)
    assert said["rsn"]
    assert said["org"] == str(story.organization)
    status, listed = story.officer.get(f"organisations/{story.organization}/certificates")
    assert status == 200
    assert made["id"] in [each["id"] for each in listed["certificates"]]
    shown = story.officer.browser.get(f"/api/organisations/{story.organization}/certificates/{made['id']}/pdf")
    assert shown.content.startswith(b"%PDF-")
    assert Event.objects.filter(act="audit.read", obj=f"Certificate/{made['id']}", out=0).count() == 1
    fetched = story.officer.browser.get(f"/api/organisations/{story.organization}/certificates/{made['id']}")
    assert said["sha"] == b64encode(sha256(fetched.content).digest()).decode()


def test_an_act_that_is_not_sealed_yet_is_said_so(story: Story, scene: Scene) -> None:
    """Another circle, just opened: a second later the log has it."""
    fresh = a_care_circle(story.gp, story.nurse)
    name = Pseudonym.objects.get(kind="Circle", subject=fresh.id).pseudonym
    status, answer = story.certify(**story.period | {"circle": name})
    assert (status, answer["code"]) == (409, "not_sealed")
    seal()
    assert story.certify(**story.period | {"circle": name})[0] == 200


def test_tables_that_were_rewritten_are_not_certified(story: Story, scene: Scene) -> None:
    """By whoever may write them: the trail has what was true."""
    with transaction.atomic():
        commit = Item.objects.filter(group_id=story.circle.id, kind=Item.Kind.COMMIT).latest("seq")
        Item.objects.filter(group_id=story.circle.id, seq=commit.seq).update(body=bytes(commit.body or b"")[:-1] + b"x")
        assert story.certify(message=story.early)[1]["code"] == "trail_differs"
        transaction.set_rollback(True)


def test_the_operator_certifies_for_a_court_without_names(story: Story, tmp_path: Path) -> None:
    asked = (story.organization, tmp_path / "court", "Réquisition")
    call_command("certify", *asked, message=story.early, stdout=StringIO())
    document = json.loads((tmp_path / "court.json").read_bytes())
    assert verified(document, tmp_path) == (0, [])
    assert document["names"] == []
    assert (tmp_path / "court.pdf").read_bytes().startswith(b"%PDF-")
    act = Event.objects.filter(act="audit.certify", obj=f"Message/{story.early}").latest("id")
    assert json.loads(act.leaf)["auth"] == "system"
    with pytest.raises(CommandError, match="no message"):
        call_command("certify", *asked, message=uuid7())


def test_they_are_forgotten_in_time(story: Story) -> None:
    made = story.certify(message=story.early)[1]["id"]
    with transaction.atomic():
        Certificate.objects.filter(id=made).update(made=timezone.now() - 2 * KEPT)
        assert forget_certificates() == 1
        transaction.set_rollback(True)
