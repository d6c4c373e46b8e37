"""Signing in and out, as the browser does it: allauth's headless addresses over HTTP, with CSRF enforced."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings
from uuid_utils.compat import uuid7

from accounts.models import User
from accounts.services import create_user, enrol_totp
from accounts.sessions import session_hash
from accounts.signals import session_ended
from accounts.totp import STEP_SECONDS, claim_code, code_at
from tests.authenticator import SoftwareAuthenticator

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.usefixtures("quick_passwords", "db")

ROOT = "/_allauth/browser/v1"
ORIGIN = "http://localhost:8000"  # PUBLIC_URL in the tests
EMAIL = "anne-laure.ferrier@demo.mssante.example"
PASSWORD = "douze cordes au rocher"
MARGIN_SECONDS = 4.0  # longer than a busy machine takes from making a code to checking it


class Browser:
    """Keeps cookies and sends the CSRF token back, as the page does."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost", SERVER_PORT="8000", REMOTE_ADDR=address)
        self.get("/config")

    def get(self, path: str) -> Answer:
        return self.client.get(ROOT + path)

    def send(self, method: str, path: str, body: str) -> Answer:
        token = self.client.cookies["__Host-cordee_csrf"].value
        return self.client.generic(method, ROOT + path, body, "application/json", headers={"X-CSRFToken": token})

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self.send("POST", path, json.dumps(body))

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path, "{}")

    def password(self, email: str = EMAIL, password: str = PASSWORD) -> Answer:
        return self.post("/auth/login", {"email": email, "password": password})

    def code(self, code: str) -> Answer:
        return self.post("/auth/2fa/authenticate", {"code": code})

    def sign_in(self, person: Person) -> None:
        assert self.password().status_code == 401
        assert self.code(person.code()).status_code == 200

    def api(self) -> tuple[int, str]:
        """What an operation that needs a signed-in person answers: status and code."""
        answer = self.client.get("/api/circles")
        return answer.status_code, answer.json().get("code", "")


class Person:
    """A user with a phone; each call gives the oldest code that is still accepted and was not given before."""

    def __init__(self) -> None:
        self.user = create_user(email=EMAIL, password=PASSWORD)
        self.secret = enrol_totp(user_id=self.user.id)
        self.step = 0

    def code(self) -> str:
        left = STEP_SECONDS - time.time() % STEP_SECONDS
        if left < MARGIN_SECONDS:
            time.sleep(left)  # the oldest code would no longer be accepted when it arrives
        self.step = max(self.step + 1, int(time.time()) // STEP_SECONDS - 1)
        return code_at(self.secret, self.step)


@pytest.fixture
def person(quick_passwords: None, db: None) -> Person:
    return Person()


@pytest.fixture
def ended() -> Iterator[list[tuple[UUID, str | None]]]:
    """Every `session_ended` of the test."""
    heard: list[tuple[UUID, str | None]] = []

    def hear(sender: object, user_id: UUID, session: str | None, **_: object) -> None:
        heard.append((user_id, session))

    session_ended.connect(hear)
    yield heard
    session_ended.disconnect(hear)


def traces(act: str) -> list[dict[str, Any]]:
    """The events of an act, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT leaf FROM audit_event WHERE act = %s ORDER BY t, id", [act])
        return [json.loads(bytes(leaf) if isinstance(leaf, memoryview) else leaf) for (leaf,) in cursor.fetchall()]


def errors(answer: Answer) -> list[str]:
    return [error["code"] for error in json.loads(answer.content)["errors"]]


# --- password and code ----------------------------------------------------------------------------------------------
def test_password_and_code_sign_in(person: Person) -> None:
    browser = Browser()
    assert browser.api() == (401, "signed_out")
    asked = browser.password()
    flows = json.loads(asked.content)["data"]["flows"]
    assert asked.status_code == 401
    assert {"id": "mfa_authenticate", "is_pending": True, "types": ["totp"]} in flows
    assert browser.api() == (401, "signed_out")
    answer = browser.code(person.code())
    assert answer.status_code == 200
    assert json.loads(answer.content)["data"]["user"] == {"id": str(person.user.id), "email": EMAIL}
    assert browser.api()[0] == 200
    (trace,) = traces("auth.login")
    assert (trace["out"], trace["auth"], trace["ses"]) == (
        0,
        "pwd+totp",
        session_hash(browser.client.session.session_key or ""),
    )


def test_the_cookies_stay_with_this_host_and_away_from_scripts(person: Person) -> None:
    browser = Browser()
    browser.sign_in(person)
    session = browser.client.cookies["__Host-cordee_session"]
    assert (session["secure"], session["httponly"], session["path"], session["domain"]) == (True, True, "/", "")
    assert browser.client.cookies["__Host-cordee_csrf"]["samesite"] == "Strict"


def test_a_wrong_code_is_refused_and_traced(person: Person) -> None:
    browser = Browser()
    browser.password()
    answer = browser.code("000000")
    assert (answer.status_code, errors(answer)) == (400, ["incorrect_code"])
    assert browser.api() == (401, "signed_out")
    (trace,) = traces("auth.login")
    assert (trace["out"], trace["err"], "who" in trace) == (4, "incorrect_code", True)


def test_a_code_works_once(person: Person) -> None:
    used = person.code()
    first, second = Browser(), Browser()
    first.password()
    assert first.code(used).status_code == 200
    second.password()
    assert errors(second.code(used)) == ["incorrect_code"]
    assert second.code(person.code()).status_code == 200


def test_an_older_code_is_refused_after_a_newer_one(person: Person) -> None:
    factor = Authenticator.objects.get(user=person.user)
    step = 1_000_000
    now = step * STEP_SECONDS + 1.0

    def claim(at: int) -> bool:
        return claim_code(authenticator_id=factor.pk, code=code_at(person.secret, at), now=now)

    assert not claim(step - 2)
    assert not claim(step + 2)
    assert claim(step)
    assert not claim(step)
    assert not claim(step - 1)
    assert claim(step + 1)


def test_too_many_wrong_codes_are_refused_even_when_right(person: Person) -> None:
    browser = Browser()
    browser.password()
    for _ in range(5):
        browser.code("000000")
    assert errors(browser.code(person.code())) == ["too_many_login_attempts"]


def test_too_many_wrong_passwords_are_refused_for_known_and_unknown_alike(person: Person) -> None:
    for email in (EMAIL, "personne@demo.mssante.example"):
        browser = Browser()
        answers = [errors(browser.password(email, "une phrase fausse")) for _ in range(6)]
        assert answers == [["email_password_mismatch"]] * 5 + [["too_many_login_attempts"]]
    assert errors(Browser().password()) == ["too_many_login_attempts"], "from another browser too"


def test_one_address_cannot_try_for_ever() -> None:
    statuses = {Browser().password(f"p{number}@demo.mssante.example").status_code for number in range(121)}
    assert statuses == {400, 429}


def test_an_unknown_address_and_a_wrong_password_answer_alike(person: Person, settings: Settings) -> None:
    wrong = Browser().password(EMAIL, "une phrase fausse")
    unknown = Browser().password("personne@demo.mssante.example", "une phrase fausse")
    person.user.is_active = False
    person.user.save()
    deactivated = Browser().password()
    assert wrong.status_code == unknown.status_code == deactivated.status_code == 400
    assert wrong.content == unknown.content == deactivated.content
    assert [("who" in trace, trace["err"]) for trace in traces("auth.login")] == [
        (False, "email_password_mismatch")
    ] * 3


def test_an_unknown_address_costs_a_password_hash_too(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(get_user_model(), "set_password", lambda self, password: hashed.append(password))
    Browser().password("personne@demo.mssante.example", "une phrase fausse")
    assert hashed == ["une phrase fausse"]


def test_the_case_of_an_address_does_not_matter(person: Person) -> None:
    assert Browser().password(EMAIL.upper()).status_code == 401


# --- the second factor is not optional ------------------------------------------------------------------------------
def test_a_password_alone_opens_nothing_but_the_enrolment() -> None:
    create_user(email=EMAIL, password=PASSWORD)
    browser = Browser()
    assert browser.password().status_code == 200
    assert browser.api() == (401, "mfa_required")
    key = browser.client.session.session_key
    offered = json.loads(browser.get("/account/authenticators/totp").content)["meta"]
    assert offered["totp_url"].startswith("otpauth://totp/anne-laure.ferrier")
    code = code_at(offered["secret"], int(time.time()) // STEP_SECONDS)
    assert browser.post("/account/authenticators/totp", {"code": code}).status_code == 200
    assert browser.api()[0] == 200
    assert browser.client.session.session_key != key
    assert [trace["out"] for trace in traces("auth.factor")] == [0]
    again = Browser()
    again.password()
    assert errors(again.code(code)) == ["incorrect_code"], "the code that enrolled has been used"


def test_the_last_second_factor_cannot_be_removed(person: Person) -> None:
    browser = Browser()
    browser.sign_in(person)
    assert browser.post("/auth/2fa/reauthenticate", {"code": person.code()}).status_code == 200
    assert browser.delete("/account/authenticators/totp").status_code == 409
    assert Authenticator.objects.filter(user=person.user).exists()


def test_a_password_does_not_replace_a_second_factor(person: Person) -> None:
    browser = Browser()
    browser.sign_in(person)
    assert browser.post("/auth/reauthenticate", {"password": PASSWORD}).status_code == 409
    assert browser.get("/account/authenticators/webauthn").status_code == 401


def test_recovery_codes_replace_a_lost_phone_once_each(person: Person) -> None:
    browser = Browser()
    browser.sign_in(person)
    browser.post("/auth/2fa/reauthenticate", {"code": person.code()})
    made = json.loads(browser.post("/account/authenticators/recovery-codes", {}).content)["data"]
    assert len(made["unused_codes"]) == 10
    other = Browser()
    other.password()
    assert other.code(made["unused_codes"][0]).status_code == 200
    assert traces("auth.login")[-1]["auth"] == "pwd+recovery_codes"
    third = Browser()
    third.password()
    assert errors(third.code(made["unused_codes"][0])) == ["incorrect_code"]


def test_the_secrets_of_factors_are_sealed_in_the_database(person: Person) -> None:
    stored = Authenticator.objects.get(user=person.user).data
    assert person.secret not in json.dumps(stored)


# --- passkey --------------------------------------------------------------------------------------------------------
@pytest.fixture
def passkey(person: Person) -> SoftwareAuthenticator:
    """The person's passkey, registered at this server."""
    passkey = SoftwareAuthenticator(ORIGIN, "localhost")
    browser = Browser()
    browser.sign_in(person)
    assert browser.post("/auth/2fa/reauthenticate", {"code": person.code()}).status_code == 200
    offered = browser.get("/account/authenticators/webauthn?passwordless")
    options = json.loads(offered.content)["data"]["creation_options"]
    assert (options["publicKey"]["rp"]["id"], options["publicKey"]["user"]["name"]) == ("localhost", EMAIL)
    body = {"name": "Poste de soins", "credential": passkey.create(options)}
    assert browser.post("/account/authenticators/webauthn", body).status_code == 200
    return passkey


def listed(browser: Browser) -> list[dict[str, Any]]:
    """The person's passkeys, as the server tells them."""
    factors = json.loads(browser.get("/account/authenticators").content)["data"]
    return [factor for factor in factors if factor["type"] == "webauthn"]


def test_a_passkey_is_discoverable_and_verifies_its_holder(person: Person) -> None:
    browser = Browser()
    browser.sign_in(person)
    browser.post("/auth/2fa/reauthenticate", {"code": person.code()})
    offered = browser.get("/account/authenticators/webauthn?passwordless")
    asked = json.loads(offered.content)["data"]["creation_options"]["publicKey"]["authenticatorSelection"]
    assert (asked["residentKey"], asked["userVerification"]) == ("required", "required")


def test_passkeys_change_only_after_a_fresh_proof_and_leave_a_trace(passkey: SoftwareAuthenticator) -> None:
    browser = Browser()
    present(passkey, browser)
    (key,) = listed(browser)
    assert key["name"] == "Poste de soins"
    removal = json.dumps({"authenticators": [key["id"]]})
    refused = browser.send("DELETE", "/account/authenticators/webauthn", removal)
    assert (refused.status_code, json.loads(refused.content)["meta"]["is_authenticated"]) == (401, True)
    assert len(listed(browser)) == 1
    assert prove(passkey, browser).status_code == 200
    assert browser.send("DELETE", "/account/authenticators/webauthn", removal).status_code == 200
    assert listed(browser) == []
    assert [trace["out"] for trace in traces("auth.factor")] == [0, 0]


def test_the_last_passkey_stays_when_there_is_nothing_else(passkey: SoftwareAuthenticator) -> None:
    browser = Browser()
    present(passkey, browser)
    prove(passkey, browser)
    assert browser.delete("/account/authenticators/totp").status_code == 200
    (key,) = listed(browser)
    removal = json.dumps({"authenticators": [key["id"]]})
    assert browser.send("DELETE", "/account/authenticators/webauthn", removal).status_code == 409
    assert [factor["id"] for factor in listed(browser)] == [key["id"]]
    last = traces("auth.factor")[-1]
    assert (last["out"], last["err"]) == (4, "last_factor")


def test_a_passkey_made_at_another_origin_is_refused(person: Person) -> None:
    browser = Browser()
    browser.sign_in(person)
    browser.post("/auth/2fa/reauthenticate", {"code": person.code()})
    foreign = SoftwareAuthenticator("http://pirate.localhost:8000", "localhost")
    offered = browser.get("/account/authenticators/webauthn?passwordless")
    credential = foreign.create(json.loads(offered.content)["data"]["creation_options"])
    refused = browser.post("/account/authenticators/webauthn", {"name": "Ailleurs", "credential": credential})
    assert errors(refused) == ["incorrect_code"]
    assert listed(browser) == []
    assert [(trace["out"], trace["err"]) for trace in traces("auth.factor")] == [(4, "wrong_origin")]


def present(passkey: SoftwareAuthenticator, browser: Browser) -> Answer:
    options = json.loads(browser.get("/auth/webauthn/login").content)["data"]["request_options"]
    return browser.post("/auth/webauthn/login", {"credential": passkey.get(options)})


def prove(passkey: SoftwareAuthenticator, browser: Browser) -> Answer:
    """Who is signed in shows once more who is there."""
    options = json.loads(browser.get("/auth/webauthn/reauthenticate").content)["data"]["request_options"]
    return browser.post("/auth/webauthn/reauthenticate", {"credential": passkey.get(options)})


def test_a_passkey_signs_in_alone(person: Person, passkey: SoftwareAuthenticator) -> None:
    browser = Browser()
    assert present(passkey, browser).status_code == 200
    assert browser.api()[0] == 200
    assert traces("auth.login")[-1]["auth"] == "passkey"


def test_a_passkey_that_did_not_verify_its_holder_is_refused(passkey: SoftwareAuthenticator) -> None:
    passkey.verified = False
    browser = Browser()
    assert errors(present(passkey, browser)) == ["incorrect_code"]
    assert browser.api() == (401, "signed_out")


@pytest.mark.parametrize(
    "origin", ["https://localhost.evil.example", "http://pirate.localhost:8000", "http://localhost:9000"]
)
def test_a_passkey_used_at_another_origin_is_refused(passkey: SoftwareAuthenticator, origin: str) -> None:
    passkey.origin = origin
    browser = Browser()
    assert errors(present(passkey, browser)) == ["incorrect_code"]
    assert browser.api() == (401, "signed_out")
    assert traces("auth.login")[-1]["err"] == "wrong_origin"


def test_an_assertion_is_not_accepted_twice(passkey: SoftwareAuthenticator) -> None:
    browser = Browser()
    options = json.loads(browser.get("/auth/webauthn/login").content)["data"]["request_options"]
    assertion = passkey.get(options)
    assert browser.post("/auth/webauthn/login", {"credential": assertion}).status_code == 200
    other = Browser()
    other.get("/auth/webauthn/login")
    assert errors(other.post("/auth/webauthn/login", {"credential": assertion})) == ["incorrect_code"]


@pytest.mark.parametrize("credential", [None, "x", 7, [], {}, {"response": {}}, {"response": {"clientDataJSON": "é"}}])
def test_a_malformed_credential_is_refused(credential: object) -> None:
    assert Browser().post("/auth/webauthn/login", {"credential": credential}).status_code == 400


# --- signing out, and what ends a session ---------------------------------------------------------------------------
def test_signing_out_ends_the_session_and_says_so(person: Person, ended: list[tuple[UUID, str | None]]) -> None:
    browser = Browser()
    browser.sign_in(person)
    key = browser.client.session.session_key or ""
    assert browser.delete("/auth/session").status_code == 401
    assert browser.api() == (401, "signed_out")
    assert ended == [(person.user.id, session_hash(key))]
    assert [trace["ses"] for trace in traces("auth.logout")] == [session_hash(key)]


def test_changing_the_password_ends_the_other_sessions(
    person: Person, ended: list[tuple[UUID, str | None]], django_capture_on_commit_callbacks: Any
) -> None:
    here, elsewhere = Browser(), Browser()
    here.sign_in(person)
    elsewhere.sign_in(person)
    change = {"current_password": PASSWORD, "new_password": "treize cordes au rocher"}
    with django_capture_on_commit_callbacks(execute=True):
        assert here.post("/account/password/change", change).status_code == 200
    assert (here.api()[0], elsewhere.api()) == (200, (401, "signed_out"))
    assert ended == [(person.user.id, None)]
    assert len(traces("auth.password")) == 1


def test_a_weak_new_password_is_refused(person: Person) -> None:
    browser = Browser()
    browser.sign_in(person)
    change = {"current_password": PASSWORD, "new_password": "court"}
    assert errors(browser.post("/account/password/change", change)) == ["password_too_short"]
    assert [(trace["out"], trace["err"]) for trace in traces("auth.password")] == [(4, "password_too_short")]


def test_a_deactivated_person_is_signed_out(person: Person) -> None:
    browser = Browser()
    browser.sign_in(person)
    User.objects.filter(id=person.user.id).update(is_active=False)
    assert browser.api() == (401, "signed_out")


# --- what is not there ----------------------------------------------------------------------------------------------
def test_without_the_csrf_token_nothing_is_done(person: Person) -> None:
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    body = json.dumps({"email": EMAIL, "password": PASSWORD})
    assert client.post(f"{ROOT}/auth/login", body, content_type="application/json").status_code == 403
    browser = Browser()
    browser.sign_in(person)
    assert browser.client.delete(f"{ROOT}/auth/session").status_code == 403
    refused = browser.client.post(f"/api/invitations/{uuid7()}/decline", "{}", content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")


@pytest.mark.parametrize(
    "path", ["/auth/signup", "/auth/webauthn/signup", "/auth/password/request", "/auth/code/request", "/account/email"]
)
def test_there_is_no_sign_up_and_no_mail(path: str) -> None:
    assert Browser().post(path, {"email": EMAIL}).status_code == 404


@pytest.mark.parametrize("body", ["", "{", "[]", "\xff", '{"email": 7, "password": []}', '{"email": "a@b.example"}'])
def test_a_malformed_body_is_refused(body: str) -> None:
    assert Browser().send("POST", "/auth/login", body).status_code == 400


# --- the demo's command ---------------------------------------------------------------------------------------------
def test_the_demo_prints_a_code_that_works(person: Person, settings: Settings) -> None:
    settings.DEMO = True
    out = StringIO()
    call_command("totp_code", EMAIL, stdout=out)
    browser = Browser()
    browser.password()
    assert browser.code(out.getvalue().strip()).status_code == 200


def test_outside_the_demo_no_code_is_printed(person: Person) -> None:
    with pytest.raises(CommandError):
        call_command("totp_code", EMAIL)
