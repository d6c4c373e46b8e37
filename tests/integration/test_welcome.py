"""POST /api/welcome, /claim and /refuse: a link that works once, for one person, until the invitation ends."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.models import User
from audit.models import Event
from circles import access
from circles.models import Circle, Invitation, Professional, Reservation, WelcomeLink
from circles.rules import vouch
from circles.services import admit, end_membership, invite, resend, reserve
from circles.services.welcoming import LINK_LIFE
from directory.models import PractitionerRole
from tests import factories, letters
from tests.cast import Browser, Clock
from tests.factories import Colleague
from tests.integration.test_change_patient import fields

PASSWORD = "une longue phrase pour entrer"
ADDRESS = "ana@cordee.example"


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet(cast_database: None) -> None:
    cache.clear()


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


@pytest.fixture
def held(cast_database: None) -> PractitionerRole:
    return factories.a_practitioner(factories.NURSE, family="Bientot", given="Ana")


def invited(circle: Circle, held: PractitionerRole, by: Colleague, to: str = ADDRESS, days: float = 14) -> Invitation:
    """As a coordinator's browser does it: first the account, then the commit with the invitation."""
    user = reserve(actor=by.actor, circle_id=circle.id, role_id=held.id, to=to, language="fr")
    return invite(
        actor=by.actor,
        circle_id=circle.id,
        user_id=user,
        role_id=held.id,
        role="member",
        ground="formal_team",
        not_after=None,
        signed=b"as it came from the inviting device",
        expires=factories.in_days(days),
    )


@pytest.fixture
def invitation(circle: Circle, held: PractitionerRole, gp: Colleague) -> Invitation:
    return invited(circle, held, gp)


@pytest.fixture
def token(invitation: Invitation) -> str:
    (letter,) = letters.waiting()
    return letter.token


def post(client: Client, path: str, **body: object) -> tuple[int, Any]:
    response = client.post(f"/api/welcome{path}", body, content_type="application/json")
    return response.status_code, response.json()


def look(token: str, client: Client | None = None) -> tuple[int, str | None]:
    status, answer = post(client or Client(SERVER_NAME="localhost"), "", token=token)
    return status, answer.get("code")


def claim(link: str, client: Client | None = None, **changes: object) -> tuple[int, str | None]:
    body = {"token": link, "email": ADDRESS, "password": PASSWORD} | changes
    status, answer = post(client or Client(SERVER_NAME="localhost"), "/claim", **body)
    return status, answer.get("code")


def test_the_letter_goes_with_the_invitation_and_names_no_patient(
    circle: Circle, invitation: Invitation, gp: Colleague
) -> None:
    (letter,) = letters.waiting()
    assert letter.to == ADDRESS
    assert "Bonjour Ana BIENTOT," in letter.body
    assert "Hélène ROUSSELOT (Médecin, Structure" in letter.body
    for secret in ("AUBERTIN", "Jeanne", "1941"):
        assert secret not in letter.subject + letter.body
    (link,) = WelcomeLink.objects.all()
    assert letter.token not in str(link.__dict__)
    assert link.expires <= invitation.expires


def test_the_link_shows_who_invites_as_what_until_when_and_nothing_of_the_patient(token: str) -> None:
    status, shown = post(Client(SERVER_NAME="localhost"), "", token=token)
    assert status == 200
    assert (shown["family_name"], shown["given_name"]) == ("Bientot", "Ana")
    assert shown["inviter"]["name"] == "Dr Hélène ROUSSELOT"
    assert (shown["kind"], shown["role"], shown["not_after"]) == ("care", "member", None)
    assert set(shown) == {
        *("name", "family_name", "given_name", "civility", "profession", "sector", "organisation"),
        *("inviter", "kind", "role", "not_after", "expires"),
    }
    for secret in ("AUBERTIN", "Jeanne", "1941"):
        assert secret not in json.dumps(shown)


def test_claiming_opens_the_account_once(invitation: Invitation, token: str, browser: Browser) -> None:
    assert claim(token) == (200, None)
    user = User.objects.get(id=invitation.user_id)
    assert authenticate(None, email=ADDRESS, password=PASSWORD) == user
    assert EmailAddress.objects.get(user=user).verified
    assert claim(token) == (409, "link_used")
    assert look(token) == (409, "link_used")
    assert User.objects.get(id=user.id).password == user.password
    # The account is there; the way into the circle stays the invitation, by its own person.
    assert access.abilities(user.id, invitation.circle_id) == {"join"}
    mine = browser(Colleague(user, invitation.practitioner_role.practitioner_id, invitation.practitioner_role_id, ""))
    (shown,) = mine.get("/api/invitations").json()["invitations"]
    assert (shown["id"], shown["admission"]) == (str(invitation.id), "to_ask")
    assert not Reservation.objects.exists()


def test_two_who_claim_at_once_get_one_account(committed_db: str, gp: Colleague) -> None:
    invited(factories.a_circle(gp), factories.a_practitioner(factories.NURSE), gp)
    (letter,) = letters.waiting()

    def one(number: int) -> tuple[int, str | None]:
        try:
            return claim(letter.token, email=f"who{number}@cordee.example")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        answers = sorted(people.map(one, range(4)))
    assert answers == [(200, None), *[(409, "link_used")] * 3]
    assert User.objects.filter(email__startswith="who").count() == 1


def test_whoever_is_signed_in_as_somebody_else_is_told_nothing(
    token: str, invitation: Invitation, stranger: Colleague, gp: Colleague, browser: Browser
) -> None:
    for other in (stranger, gp):
        assert look(token, browser(other)) == (404, "not_found")
        assert claim(token, browser(other)) == (404, "not_found")
        assert post(browser(other), "/refuse", token=token)[0] == 404
    assert User.objects.get(id=invitation.user_id).email is None
    assert claim(token) == (200, None)


def test_after_its_end_the_link_opens_nothing(invitation: Invitation, token: str, clock: Clock) -> None:
    clock(invitation.expires - timedelta(seconds=1))
    assert look(token) == (200, None)
    clock(invitation.expires)
    assert look(token) == (409, "invitation_expired")
    assert claim(token) == (409, "invitation_expired")
    assert User.objects.get(id=invitation.user_id).email is None


def test_a_link_ends_before_a_long_invitation(
    circle: Circle, held: PractitionerRole, gp: Colleague, clock: Clock
) -> None:
    invitation = invited(circle, held, gp, days=30)
    (letter,) = letters.waiting()
    clock(invitation.created + LINK_LIFE - timedelta(seconds=1))
    assert look(letter.token) == (200, None)
    clock(invitation.created + LINK_LIFE + timedelta(minutes=1))
    assert claim(letter.token) == (409, "link_expired")
    resend(actor=gp.actor, invitation_id=invitation.id, to=ADDRESS, language="fr")
    assert claim(letters.waiting()[-1].token) == (200, None)


def test_a_revoked_invitation_takes_its_link_along(
    circle: Circle, invitation: Invitation, token: str, gp: Colleague
) -> None:
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=invitation.user_id, code="removed", reason="")
    assert look(token) == (409, "invitation_not_open")
    assert claim(token) == (409, "invitation_not_open")
    assert User.objects.get(id=invitation.user_id).email is None


def test_a_letter_that_reached_somebody_else_is_given_back(
    circle: Circle, invitation: Invitation, token: str, gp: Colleague
) -> None:
    assert post(Client(SERVER_NAME="localhost"), "/refuse", token=token)[0] == 200
    invitation.refresh_from_db()
    assert (invitation.state, invitation.declined_because) == (Invitation.State.DECLINED, "wrong_person")
    assert access.abilities(invitation.user_id, circle.id) == frozenset()
    assert claim(token) == (409, "invitation_not_open")


def test_the_links_of_other_circles_end_with_the_claim(
    invitation: Invitation, token: str, held: PractitionerRole, nurse: Colleague
) -> None:
    invited(factories.a_circle(nurse), held, nurse, to="other@cordee.example")
    other = letters.waiting()[-1].token
    assert claim(token) == (200, None)
    assert claim(other, email="thief@cordee.example") == (409, "link_used")


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"password": "court"}, (422, "weak_password")),
        ({"password": "motdepasse"}, (422, "weak_password")),
        ({"email": "ana"}, (422, "bad_address")),
        ({"email": ""}, (422, "bad_address")),
        ({"token": "0" * 64}, (404, "not_found")),
        ({"token": "zz"}, (422, "bad_input")),
        ({"token": None}, (422, "bad_input")),
        ({"user": "somebody"}, (422, "bad_input")),
    ],
)
def test_bad_input_opens_nothing_and_burns_nothing(
    invitation: Invitation, token: str, changes: dict[str, Any], answer: tuple[int, str]
) -> None:
    assert claim(token, **changes) == answer
    assert User.objects.get(id=invitation.user_id).email is None
    assert claim(token) == (200, None)


def test_an_address_that_is_somebody_else_s_is_not_taken(token: str, gp: Colleague) -> None:
    assert claim(token, email=str(gp.user.email).upper()) == (409, "email_taken")
    assert claim(token) == (200, None)


def test_an_address_at_which_nobody_was_reached_is_not_verified(invitation: Invitation, token: str) -> None:
    assert claim(token, email="elsewhere@cordee.example") == (200, None)
    assert not EmailAddress.objects.get(user=invitation.user_id).verified
    client = Client(SERVER_NAME="localhost")
    given = {"email": "elsewhere@cordee.example", "password": PASSWORD}
    assert client.post("/_allauth/browser/v1/auth/login", given, content_type="application/json").status_code == 200
    # 404 is how allauth gives the secret of a factor that is not there yet.
    assert client.get("/_allauth/browser/v1/account/authenticators/totp").status_code == 404


def test_a_mailbox_of_the_directory_is_told_when_the_link_went_elsewhere(
    circle: Circle, held: PractitionerRole, gp: Colleague
) -> None:
    held.mssante = "ana.bientot@structure.mssante.example"
    held.save()
    invited(circle, held, gp)
    assert claim(letters.waiting()[0].token) == (200, None)
    assert letters.waiting()[-1].to == "ana.bientot@structure.mssante.example"
    assert "ouvert à votre nom" in letters.waiting()[-1].subject


def test_who_was_reached_at_a_typed_address_acts_outside_circles_once_somebody_else_vouches(
    circle: Circle, held: PractitionerRole, gp: Colleague, nurse: Colleague, stranger: Colleague, browser: Browser
) -> None:
    """A coordinator who types their own address has an account in a colleague's name, and could vouch for it."""
    patient = factories.a_patient(birth_name="BÉRARD")
    factories.a_circle(stranger, patient=patient)
    other = factories.a_circle(nurse)
    invitation = invited(circle, held, gp)
    invited(other, held, nurse)
    assert claim(letters.waiting()[0].token) == (200, None)
    user = User.objects.get(id=invitation.user_id)
    person = browser(Colleague(user, held.practitioner_id, held.id, ""))
    emergency = {"patient": fields(patient), "reason": "Trouvée au sol, sans famille"}

    def breaks_the_glass() -> object:
        return person.post("/api/breakglass", json.dumps(emergency), content_type="application/json").json().get("code")

    for path, body in (
        ("patients/ask", {"patient": fields(patient), "why": "in_charge"}),
        ("patients/insi", {"patient": fields(patient)}),
        ("breakglass", emergency),
    ):
        refused = person.post(f"/api/{path}", json.dumps(body), content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_vouched")
    admit(actor=gp.actor, circle_id=circle.id, user_id=user.id)
    assert breaks_the_glass() == "not_vouched"
    Professional.objects.filter(user_id=nurse.id).update(typed_by=gp.id)  # another account of the same making
    admit(actor=nurse.actor, circle_id=other.id, user_id=user.id)
    assert breaks_the_glass() == "not_vouched"
    Professional.objects.filter(user_id=nurse.id).update(typed_by=None)
    vouch(user.id, by=nurse.id)
    assert breaks_the_glass() is None


def test_who_was_reached_at_the_directorys_mailbox_needs_nobody_to_vouch(
    circle: Circle, held: PractitionerRole, gp: Colleague
) -> None:
    held.mssante = "ana.bientot@structure.mssante.example"
    held.save()
    invitation = invited(circle, held, gp, to="Ana.Bientot@structure.mssante.example")
    assert claim(letters.waiting()[0].token) == (200, None)
    assert Professional.objects.get(user_id=invitation.user_id).typed_by is None


def test_who_asks_too_often_is_slowed_down(token: str) -> None:
    answers = [look("0" * 64) for _ in range(61)]
    assert answers[59] == (404, "not_found")
    assert answers[60] == (429, "too_many")
    assert claim(token) == (429, "too_many")
    cache.clear()
    assert claim(token) == (200, None)


def test_it_is_in_the_trail(invitation: Invitation, token: str) -> None:
    look(token)
    claim(token)
    about = Event.objects.filter(obj=f"Invitation/{invitation.id}").order_by("id").values_list("act", flat=True)
    assert list(about) == ["member.invite", "invitation.send", "invitation.read", "invitation.open"]
    assert Event.objects.filter(act="account.claim", out=0).count() == 1
