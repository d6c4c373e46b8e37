"""Somebody is offered a place in a circle, and takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.selectors import identity_of
from audit.events import SYSTEM, Actor
from audit.services import record
from circles import access, notices
from circles.errors import Conflict, NotFound, Unacceptable
from circles.models import Circle, Consent, Invitation, Member, Professional
from circles.roles import INVITEE_ABILITIES, abilities_in
from circles.rules import ConsentRecord, check_ground, check_place, check_practises, locked, person, vouch
from circles.services.asking import answer_by_inviting
from circles.services.colleagues import check_between_two
from circles.services.compartments import place_in_circle
from circles.services.ending import check_open, end_invitation, own_invitation
from circles.services.welcoming import is_reserved, write
from circles.services.wishes import record_consent
from circles.signals import admission_asked, membership_started
from directory.models import PractitionerRole


@dataclass(frozen=True, slots=True)
class JoinResult:
    member: Member
    first: bool  # False: a further device of somebody who was in already


@transaction.atomic
def invite(
    *,
    actor: Actor,
    circle_id: UUID,
    user_id: UUID,
    role_id: UUID,
    role: str,
    ground: str,
    not_after: datetime | None,
    signed: bytes,
    expires: datetime,
    consent: ConsentRecord | None = None,
    delegate_of: UUID | None = None,
) -> Invitation:
    """Offer a place to somebody of the directory, in one of their directory roles. `signed` is kept exactly as it came;
    `consent` goes with the ground `outside_team`, `delegate_of` (a member) with the role `delegate`. Somebody without
    account (`reserve`) gets a letter with a link.

    Errors: `not_found`, `not_registered`, `inactive`, `role_not_allowed`, `profession_not_allowed`,
    `guest_without_end`, `end_in_the_past`, `bad_ground`, `consent_required`, `bad_consent`, `date_in_future`,
    `already_member`, `already_invited`, `patient_opposes`, `delegate_of_nobody`, `another_structure`,
    `address_missing`; in a compartment also `not_in_circle`, `end_after_circle`; in an exchange `only_two`,
    `not_in_contact`.
    """
    inviter = person(actor)
    circle = locked(circle_id)
    access.circle_for(inviter, circle_id, "invite")
    held = _role_of(user_id, role_id)
    principal = None if delegate_of is None else circle.members.filter(user_id=delegate_of, ended=None).first()
    check_place(role, held, not_after=not_after, kind=circle.kind, principal=principal)
    if circle.oppositions.filter(user_id=user_id, lifted=None).exists():
        raise Conflict("patient_opposes")
    whole = None
    if circle.parent_id is not None:
        whole = place_in_circle(circle, user_id=user_id, role_id=role_id, role=role, ground=ground, not_after=not_after)
    else:
        check_ground(ground, consented=consent is not None, kind=circle.kind)
    if circle.kind == Circle.Kind.DIRECT:
        check_between_two(circle, inviter, user_id, role=role, not_after=not_after)
    if expires <= timezone.now():
        raise Unacceptable("end_in_the_past")
    if circle.members.filter(user_id=user_id, ended=None).exists():
        raise Conflict("already_member")
    earlier = circle.invitations.filter(user_id=user_id, state=Invitation.State.PENDING).first()
    if earlier is not None:
        if earlier.expires > timezone.now():
            raise Conflict("already_invited")
        end_invitation(earlier, circle, actor=SYSTEM, state=Invitation.State.EXPIRED)
        if circle.state != Circle.State.OPEN:  # an exchange to which the other did not come
            raise NotFound
    # Who has no keys yet is in the policy as pending, and has to be admitted once they have some.
    admission = Invitation.Admission.TO_ASK if identity_of(user_id) is None else Invitation.Admission.NOT_NEEDED
    invitation = Invitation.objects.create(
        circle=circle,
        user_id=user_id,
        practitioner_role=held,
        inviter_id=inviter,
        role=role,
        ground=ground,
        consent=_consent(consent, circle, user_id, whole, actor=actor),
        delegate_of_id=delegate_of,
        not_after=not_after,
        signed=signed,
        admission=admission,
        expires=expires,
    )
    until = expires if not_after is None else min(expires, not_after)
    access.grant(user_id=user_id, circle=circle, abilities=INVITEE_ABILITIES, until=until)
    record(
        "member.invite",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Invitation", invitation.id),
        detail={"user": str(user_id), "role": role, "ground": ground},
    )
    notices.tell(users=[user_id], what="invited", circle_id=circle.id, by=inviter)
    answer_by_inviting(circle, user_id)
    if is_reserved(user_id):
        write(invitation, actor=actor)
    return invitation


@transaction.atomic
def accept(*, actor: Actor, invitation_id: UUID) -> None:
    """Somebody who was invited without keys has them now, and asks the coordinators to be admitted. Twice is once.

    Errors: `not_found` (also somebody else's), `invitation_not_open`, `invitation_expired`, `admission_not_needed`,
    `identity_missing`.
    """
    invitation, circle = own_invitation(person(actor), invitation_id)
    check_open(invitation)
    if invitation.admission == Invitation.Admission.NOT_NEEDED:
        raise Conflict("admission_not_needed")
    if identity_of(invitation.user_id) is None:
        raise Conflict("identity_missing")
    if invitation.admission == Invitation.Admission.TO_ASK:
        invitation.admission, invitation.asked = Invitation.Admission.ASKED, timezone.now()
        invitation.save(update_fields=("admission", "asked"))
    record(
        "invitation.accept",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Invitation", invitation.id),
    )
    admission_asked.send(Circle, circle_id=circle.id)


@transaction.atomic
def admit(*, actor: Actor, circle_id: UUID, user_id: UUID) -> None:
    """A coordinator's commit has put the keys of somebody who was pending into the policy. Errors: `not_found`."""
    circle = locked(circle_id)
    access.circle_for(person(actor), circle_id, "invite")
    invitation = circle.invitations.filter(user_id=user_id, state=Invitation.State.PENDING).first()
    if invitation is None:
        raise NotFound
    invitation.admission = Invitation.Admission.NOT_NEEDED
    invitation.save(update_fields=("admission",))
    vouch(user_id, by=person(actor))
    record(
        "member.admit",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Invitation", invitation.id),
        detail={"user": str(user_id)},
    )
    notices.tell(users=[user_id], what="admitted", circle_id=circle.id, by=actor.user_id)


@transaction.atomic
def join(*, actor: Actor, circle_id: UUID) -> JoinResult:
    """Take the place that was offered, or, for a member's further device, find that one has it.

    Errors: `not_found` (never invited, or no longer a member), `invitation_not_open`, `invitation_expired`, `inactive`;
    in a compartment also those of `place_in_circle`.
    """
    joiner = person(actor)
    circle = locked(circle_id)
    place = _place_of(joiner, circle)
    if isinstance(place, Member):
        return JoinResult(place, first=False)
    invitation = place
    member = Member.objects.create(
        circle=circle,
        user_id=joiner,
        practitioner_role_id=invitation.practitioner_role_id,
        role=invitation.role,
        ground=invitation.ground,
        consent_id=invitation.consent_id,
        not_after=invitation.not_after,
        delegate_of_id=invitation.delegate_of_id,
    )
    invitation.state = Invitation.State.ACCEPTED
    invitation.save(update_fields=("state",))
    access.grant(
        user_id=joiner, circle=circle, abilities=abilities_in(circle.kind, member.role), until=member.not_after
    )
    record(
        "member.join",
        actor=actor,
        patient_id=circle.patient_id,
        circle_id=circle.id,
        obj=("Member", member.id),
        detail={"role": member.role, "ground": member.ground},
    )
    notices.invitation_over(user_id=joiner, circle_id=circle.id)
    membership_started.send(Circle, circle_id=circle.id, user_id=joiner)
    return JoinResult(member, first=True)


def check_may_join(*, actor: Actor, circle_id: UUID) -> None:
    """Raises what `join` would raise, so that a caller can ask before it looks at what came."""
    _place_of(person(actor), locked(circle_id))


def _place_of(joiner: UUID, circle: Circle) -> Member | Invitation:
    """The place that this person has, or the one that is offered and may still be taken."""
    member = circle.members.filter(user_id=joiner, ended=None).first()
    if member is not None:
        access.circle_for(joiner, circle.id, "read")
        return member
    invitation = circle.invitations.filter(user_id=joiner).order_by("-created").first()
    if invitation is None or invitation.state == Invitation.State.ACCEPTED:
        raise NotFound  # who was a member and is not any more stands outside like everybody else
    check_open(invitation)
    access.circle_for(joiner, circle.id, "join")
    check_practises(invitation.practitioner_role)
    if circle.parent_id is not None:  # their place in the circle may have changed since
        place_in_circle(
            circle,
            user_id=joiner,
            role_id=invitation.practitioner_role_id,
            role=invitation.role,
            ground=invitation.ground,
            not_after=invitation.not_after,
        )
    return invitation


def _role_of(user_id: UUID, role_id: UUID) -> PractitionerRole:
    """The directory role, if it is one of this person's and the person may sign in."""
    professional = Professional.objects.select_related("user").filter(user_id=user_id).first()
    if professional is None:
        raise Conflict("not_registered")
    held = PractitionerRole.objects.filter(id=role_id, practitioner_id=professional.practitioner_id).first()
    if held is None:
        raise NotFound
    if not professional.user.is_active:
        raise Conflict("inactive")
    return held


def _consent(
    consent: ConsentRecord | None, circle: Circle, user_id: UUID, whole: Member | None, *, actor: Actor
) -> Consent | None:
    """The consent that the place rests on: in a compartment, the one that was given for the circle."""
    if whole is not None:
        return whole.consent
    return None if consent is None else record_consent(consent, circle, user_id, actor=actor)
