"""Systems of an organisation: who lets one in, what its token opens, and that an ended one opens nothing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from oauth2_provider.models import AccessToken

from audit.models import Event
from circles.careteam.systems import create_system, end_system, forget_tokens, rotate_secret
from circles.errors import CircleError
from circles.models import System
from tests.careteam import Program, a_program, administers, organization_of, refusals, token_for, works_with
from tests.cast import Browser
from tests.factories import Colleague

NEVER = "a secret that nobody has"


def test_only_an_administrator_sees_and_makes_systems(
    gp: Colleague, nurse: Colleague, stranger: Colleague, nobody: None, browser: Browser
) -> None:
    works_with(nurse, gp)
    administers(gp)
    path = f"/api/organisations/{organization_of(gp).id}/systems"
    codes = [browser(each).get(path).status_code for each in (nobody, stranger, nurse, gp)]
    assert codes == [401, 404, 404, 200]
    made = browser(gp).post(path, {"name": "Logiciel", "coordinator": str(gp.id)}, content_type="application/json")
    assert (made.status_code, made.json()["code"]) == (401, "reauthentication_required")


def test_the_secret_is_shown_once_and_kept_as_a_hash(gp: Colleague) -> None:
    program = a_program(gp)
    row = System.objects.get(id=program.secret.id)
    assert program.secret.client_secret not in row.client_secret
    kept = AccessToken.objects.get(application=row)
    assert kept.token == ""
    assert program.token not in str(vars(kept))


def test_a_token_needs_the_right_secret_the_right_grant_and_a_known_scope(gp: Colleague) -> None:
    secret = a_program(gp).secret
    assert token_for(secret).status_code == 200
    wrong = type(secret)(secret.id, secret.client_id, NEVER)
    for answer, error in (
        (token_for(wrong), "invalid_client"),
        (token_for(secret, grant_type="password", username="a", password="b"), "unsupported_grant_type"),
        (token_for(secret, scope="careteam.read admin"), "invalid_scope"),
    ):
        assert answer.status_code in (400, 401)
        assert json.loads(answer.content)["error"] == error
    traced = Event.objects.filter(act="system.login").order_by("id")
    assert [each.out for each in traced] == [0, 0, 8, 4, 4]
    assert {json.loads(each.leaf)["sys"] for each in traced} == {str(secret.id)}


def test_an_ended_or_expired_or_rotated_token_opens_nothing(gp: Colleague) -> None:
    ended, rotated, expired = a_program(gp), a_program(gp), a_program(gp)
    assert ended.get("CareTeam")["type"] == "searchset"
    end_system(actor=gp.actor, organization_id=ended.organization.id, system_id=ended.secret.id)
    rotate_secret(actor=gp.actor, organization_id=rotated.organization.id, system_id=rotated.secret.id)
    AccessToken.objects.filter(application_id=expired.secret.id).update(expires=timezone.now() - timedelta(seconds=1))
    for program in (ended, rotated, expired, Program(ended.secret, ended.organization, NEVER)):
        answer = program.ask("GET", "CareTeam")
        assert refusals(answer, 401) == [("signed_out", "")]
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert token_for(ended.secret).status_code == 401
    assert token_for(rotated.secret).status_code == 401
    assert forget_tokens() == 1


@pytest.mark.parametrize("who", ["stranger", "officer"])
def test_the_coordinator_of_a_system_may_open_circles_of_the_organisation(
    gp: Colleague, who: str, request: pytest.FixtureRequest
) -> None:
    person: Colleague = request.getfixturevalue(who)
    administers(gp)
    if who == "officer":
        works_with(person, gp)
    with pytest.raises(CircleError) as refusal:
        create_system(actor=gp.actor, organization_id=organization_of(gp).id, name="Logiciel", coordinator_id=person.id)
    assert refusal.value.code == {"stranger": "bad_coordinator", "officer": "profession_not_allowed"}[who]


def test_each_administrator_changes_the_systems_of_their_own_organisation_only(
    gp: Colleague, stranger: Colleague
) -> None:
    program = a_program(gp)
    administers(stranger)
    for organization in (program.organization, organization_of(stranger)):
        with pytest.raises(CircleError) as refusal:
            end_system(actor=stranger.actor, organization_id=organization.id, system_id=program.secret.id)
        assert refusal.value.code == "not_found"
    assert program.get("CareTeam")["type"] == "searchset"


def test_a_token_for_reading_does_not_write(gp: Colleague) -> None:
    program = a_program(gp, scope="careteam.read")
    assert refusals(program.ask("POST", "CareTeam", {}), 403) == [("insufficient_scope", "")]
    assert Event.objects.get(act="careteam.write").out == 8
