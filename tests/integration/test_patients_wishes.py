"""What the patient wishes: consent outside the care team, its withdrawal, opposition to one person or to the circle."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.selectors import events_about
from circles import access
from circles.errors import CircleError
from circles.models import Circle, Consent, Invitation, Member, Notice, Opposition
from circles.services import ConsentRecord, lift_opposition, oppose, withdraw_consent
from circles.signals import invitation_ended, membership_ended
from tests import factories
from tests.cast import Browser
from tests.factories import Colleague

YESTERDAY = timezone.now().date() - timedelta(days=1)


@pytest.fixture
def circle(gp: Colleague) -> Circle:
    return factories.a_circle(gp)


def outside_team(circle: Circle, person: Colleague, *, by: Colleague, joins: bool = True) -> Consent:
    consent = ConsentRecord(given_on=YESTERDAY, how="spoken", recorded_by=by.id)
    if joins:
        factories.a_member(circle, person, by=by, ground="outside_team", consent=consent)
    else:
        factories.an_invitation(circle, person, by=by, ground="outside_team", consent=consent)
    return Consent.objects.get(circle=circle, user=person.user)


def withdrawn(circle: Circle, consent: Consent, *, by: Colleague) -> str:
    try:
        withdraw_consent(actor=by.actor, circle_id=circle.id, consent_id=consent.id, reason="au téléphone")
    except CircleError as error:
        return error.code
    return "withdrawn"


def opposed(circle: Circle, person: Colleague | None, *, by: Colleague, **how: object) -> str:
    said: dict[str, object] = {"told_on": YESTERDAY, "how": "spoken", "reason": "au téléphone"} | how
    try:
        oppose(
            actor=by.actor,
            circle_id=circle.id,
            user_id=None if person is None else person.id,
            **said,  # type: ignore[arg-type]
        )
    except CircleError as error:
        return error.code
    return "opposed"


def invited_again(circle: Circle, person: Colleague, *, by: Colleague) -> str:
    try:
        factories.an_invitation(circle, person, by=by)
    except CircleError as error:
        return error.code
    return "invited"


def test_only_who_coordinates_records_what_the_patient_said(
    circle: Circle,
    gp: Colleague,
    nurse: Colleague,
    social_worker: Colleague,
    stranger: Colleague,
    officer: Colleague,
) -> None:
    consent = outside_team(circle, social_worker, by=gp)
    factories.a_member(circle, nurse, by=gp)
    for refused in (stranger, nurse, social_worker, officer):
        assert withdrawn(circle, consent, by=refused) == "not_found"
        assert opposed(circle, nurse, by=refused) == "not_found"
    assert withdrawn(circle, consent, by=gp) == "withdrawn"
    assert opposed(circle, nurse, by=gp) == "opposed"


def test_consent_taken_back_ends_the_place_that_rests_on_it(
    circle: Circle, gp: Colleague, social_worker: Colleague
) -> None:
    consent = outside_team(circle, social_worker, by=gp)
    heard: list[str] = []

    def listen(*, code: str, **_: object) -> None:
        heard.append(code)

    membership_ended.connect(listen)
    try:
        assert withdrawn(circle, consent, by=gp) == "withdrawn"
    finally:
        membership_ended.disconnect(listen)
    member = Member.objects.get(circle=circle, user=social_worker.user)
    assert (member.end_code, member.ended_by_id, heard) == ("withdrawn", gp.id, ["withdrawn"])
    assert access.abilities(social_worker.id, circle.id) == frozenset()
    consent.refresh_from_db()
    assert (consent.withdrawn is not None, consent.withdrawn_by_id) == (True, gp.id)
    acts = events_about(circle_id=circle.id).filter(act__in=("consent.withdraw", "member.end"))
    assert [(each.act, '"why":"PATRQT"' in each.leaf) for each in acts.order_by("id")] == [
        ("consent.withdraw", True),
        ("member.end", True),
    ]
    assert Notice.objects.filter(user=social_worker.user, what="removed").exists()
    assert withdrawn(circle, consent, by=gp) == "consent_withdrawn"


def test_an_invitation_that_rests_on_it_is_taken_back_too(
    circle: Circle, gp: Colleague, social_worker: Colleague
) -> None:
    consent = outside_team(circle, social_worker, by=gp, joins=False)
    heard: list[str] = []

    def listen(*, code: str, **_: object) -> None:
        heard.append(code)

    invitation_ended.connect(listen)
    try:
        assert withdrawn(circle, consent, by=gp) == "withdrawn"
    finally:
        invitation_ended.disconnect(listen)
    assert Invitation.objects.get(circle=circle, user=social_worker.user).state == Invitation.State.REVOKED
    assert heard == ["withdrawn"]


def test_a_consent_of_another_circle_is_not_found(circle: Circle, gp: Colleague, social_worker: Colleague) -> None:
    consent = outside_team(factories.a_circle(gp), social_worker, by=gp)
    assert withdrawn(circle, consent, by=gp) == "not_found"
    consent.refresh_from_db()
    assert consent.withdrawn is None


def test_whom_the_patient_opposes_goes_and_is_not_invited_until_that_is_lifted(
    circle: Circle, gp: Colleague, nurse: Colleague
) -> None:
    factories.a_member(circle, nurse, by=gp)
    assert opposed(circle, nurse, by=gp) == "opposed"
    assert Member.objects.get(circle=circle, user=nurse.user).end_code == "opposition"
    assert opposed(circle, nurse, by=gp) == "patient_opposes"
    assert invited_again(circle, nurse, by=gp) == "patient_opposes"
    opposition = Opposition.objects.get(circle=circle)
    lift_opposition(actor=gp.actor, circle_id=circle.id, opposition_id=opposition.id, reason="a changé d'avis")
    with pytest.raises(CircleError, match="opposition_lifted"):
        lift_opposition(actor=gp.actor, circle_id=circle.id, opposition_id=opposition.id, reason="")
    assert access.abilities(nurse.id, circle.id) == frozenset()  # nothing comes back by itself
    assert invited_again(circle, nurse, by=gp) == "invited"
    acts = events_about(obj=("Opposition", opposition.id)).order_by("id").values_list("act", flat=True)
    assert list(acts) == ["opposition.record", "opposition.lift"]


def test_the_patient_may_oppose_somebody_who_is_not_there_yet(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    assert opposed(circle, nurse, by=gp) == "opposed"
    assert invited_again(circle, nurse, by=gp) == "patient_opposes"


def test_the_last_coordinator_goes_too_when_the_patient_says_so(circle: Circle, gp: Colleague) -> None:
    assert opposed(circle, gp, by=gp) == "opposed"
    assert not circle.members.filter(ended=None).exists()


def test_opposition_to_the_circle_closes_it(circle: Circle, gp: Colleague, nurse: Colleague) -> None:
    factories.a_member(circle, nurse, by=gp)
    assert opposed(circle, None, by=gp) == "opposed"
    circle.refresh_from_db()
    assert circle.state == Circle.State.CLOSED
    assert access.abilities(nurse.id, circle.id) == {"read"}


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ({"told_on": YESTERDAY + timedelta(days=4)}, "date_in_future"),
        ({"how": "thought"}, "bad_consent"),
        ({"reason": "é" * 501}, "bad_input"),
    ],
)
def test_what_is_recorded_is_a_statement_that_was_made(
    circle: Circle, gp: Colleague, nurse: Colleague, how: dict[str, object], answer: str
) -> None:
    assert opposed(circle, nurse, by=gp, **how) == answer
    assert not Opposition.objects.exists()


def test_nobody_is_opposed_whom_the_directory_does_not_know(circle: Circle, gp: Colleague) -> None:
    plain = factories.a_user()
    assert opposed(circle, Colleague(plain, uuid7(), uuid7(), ""), by=gp) == "not_found"


def test_over_http(
    circle: Circle, gp: Colleague, social_worker: Colleague, stranger: Colleague, browser: Browser
) -> None:
    consent = outside_team(circle, social_worker, by=gp)
    path = f"/api/circles/{circle.id}"
    body = {"user": str(social_worker.id), "told_on": YESTERDAY.isoformat(), "how": "written", "reason": ""}

    def post(person: Colleague | None, operation: str, content: object) -> int:
        return browser(person).post(f"{path}/{operation}", content, content_type="application/json").status_code

    for refused, status in ((None, 401), (stranger, 404), (social_worker, 404)):
        assert post(refused, f"consents/{consent.id}/withdraw", {"reason": ""}) == status
        assert post(refused, "oppositions", body) == status
    assert post(gp, "oppositions", body | {"how": "dreamt"}) == 422
    assert post(gp, f"consents/{consent.id}/withdraw", {"reason": ""}) == 200
    assert post(gp, "oppositions", body) == 200
    opposition = Opposition.objects.get(circle=circle)
    assert post(gp, f"oppositions/{opposition.id}/lift", {"reason": ""}) == 200


@pytest.mark.parametrize("model", [Consent, Opposition])
def test_the_database_refuses_a_change_without_an_event(
    committed_db: str, gp: Colleague, nurse: Colleague, model: type[Consent]
) -> None:
    circle = factories.a_circle(gp)
    outside_team(circle, nurse, by=gp)
    opposed(circle, nurse, by=gp)
    row = model.objects.get()
    row.recorded = timezone.now()
    with pytest.raises(DatabaseError, match="without an event"):
        row.save()
