"""THE GATE: who may do what in which circle, and for which organisation. Every door asks here; nothing else in the
project touches guardian.

Used by `circles.services`, `circles.selectors` and `chat`. Relies on django-guardian with direct foreign keys: a right
is a row that joins a person, a permission and a circle (or an organisation) by real foreign keys, so that a question is
one query. Only a person's own rows count. The group tables are in the schema from the first migration, for rights over
structures; nobody comes into a circle through a group, because a circle has no member whom its members did not see
enter.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import Q
from django.utils import timezone
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from circles.errors import NotFound
from circles.roles import CLOSED_ABILITIES, Ability, OrganisationAbility

if TYPE_CHECKING:
    from circles.models import Circle
    from directory.models import Organization


class CircleUserObjectPermission(UserObjectPermissionBase):
    """One ability of one person in one circle."""

    content_object = models.ForeignKey("circles.Circle", on_delete=models.CASCADE, related_name="rights")
    # A right carries its own end, so that none outlives it while a job that should take it away is late.
    until = models.DateTimeField(null=True)


class CircleGroupObjectPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey("circles.Circle", on_delete=models.CASCADE, related_name="+")


class OrganizationUserObjectPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey("directory.Organization", on_delete=models.CASCADE, related_name="+")


class OrganizationGroupObjectPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey("directory.Organization", on_delete=models.CASCADE, related_name="+")


def circle_for(user_id: UUID, circle_id: UUID, *any_of: Ability) -> Circle:
    """The circle, if this person may do one of these things in it now; otherwise NotFound, whatever the reason.

    One query. Inside a transaction that changes memberships, lock the circle first and ask afterwards.
    """
    rights = _rights_in_force().filter(user_id=user_id, content_object_id=circle_id, permission__codename__in=any_of)
    for right in rights.select_related("content_object")[:1]:  # `first()` would sort them, for a third of the time
        return right.content_object
    raise NotFound


def coordinated_by(user_id: UUID, circle_id: UUID) -> Circle:
    """The circle, also a closed one, if this person decides who is in it; otherwise NotFound. One query."""
    right = (
        _rights_not_over()
        .filter(user_id=user_id, content_object_id=circle_id, permission__codename="remove")
        .select_related("content_object")
        .first()
    )
    if right is None:
        raise NotFound
    return right.content_object


def abilities(user_id: UUID, circle_id: UUID) -> frozenset[Ability]:
    """Everything this person may do in this circle now: nothing for a stranger, or in no circle at all. One query."""
    rights = _rights_in_force().filter(user_id=user_id, content_object_id=circle_id)
    return frozenset(cast("Collection[Ability]", rights.values_list("permission__codename", flat=True)))


def until(user_id: UUID, circle_id: UUID) -> datetime | None:
    """When the first of this person's abilities in this circle ends by itself; None when none does. One query."""
    rights = _rights_in_force().filter(user_id=user_id, content_object_id=circle_id)
    first: datetime | None = rights.aggregate(first=models.Min("until"))["first"]
    return first


def circles_for(user_id: UUID, ability: Ability) -> dict[Circle, frozenset[Ability]]:
    """Every circle in which this person has `ability`, with all that they may do there. Patient and organisation
    are loaded. One query.
    """
    found: dict[Circle, set[Ability]] = {}
    loaded = ("content_object__patient", "content_object__organization", "permission")
    for right in _rights_in_force().filter(user_id=user_id).select_related(*loaded):
        found.setdefault(right.content_object, set()).add(cast("Ability", right.permission.codename))
    return {circle: frozenset(held) for circle, held in found.items() if ability in held}


def companions(user_id: UUID, others: Collection[UUID]) -> set[UUID]:
    """Those of `others` who are members of a circle of this person's, or are invited to one; a pending invitation of
    this person's counts too. One query.
    """
    seen = Q(permission__codename__in=("read", "join"))
    mine = _rights_not_over().filter(seen, user_id=user_id).values("content_object")
    return set(
        _rights_not_over().filter(seen, user_id__in=others, content_object__in=mine).values_list("user", flat=True)
    )


def organization_for(user_id: UUID, organization_id: UUID, *any_of: OrganisationAbility) -> Organization:
    """The organisation, if this person may do one of these things for it now; otherwise NotFound, whatever the reason.

    One query.
    """
    right = _roles().filter(user_id=user_id, content_object_id=organization_id, permission__codename__in=any_of).first()
    if right is None:
        raise NotFound
    return right.content_object


def organizations_for(user_id: UUID) -> dict[Organization, frozenset[OrganisationAbility]]:
    """Every organisation for which this person may do something, by name, and what. One query."""
    found: dict[Organization, set[OrganisationAbility]] = {}
    for right in _roles().filter(user_id=user_id).order_by("content_object__name", "content_object_id"):
        found.setdefault(right.content_object, set()).add(cast("OrganisationAbility", right.permission.codename))
    return {organization: frozenset(held) for organization, held in found.items()}


def organizations_with(ability: OrganisationAbility) -> frozenset[UUID]:
    """For which organisations somebody may do this. Authorises nothing: for rounds that work for them. One query."""
    held = _roles().filter(permission__codename=ability)
    return frozenset(held.order_by().values_list("content_object_id", flat=True).distinct())


def people_with_roles(organization_id: UUID) -> dict[UUID, frozenset[OrganisationAbility]]:
    """Who may do something for this organisation, and what. Authorises nothing. One query."""
    found: dict[UUID, set[OrganisationAbility]] = {}
    for right in _roles().filter(content_object_id=organization_id):
        found.setdefault(right.user_id, set()).add(cast("OrganisationAbility", right.permission.codename))
    return {user_id: frozenset(held) for user_id, held in found.items()}


def appoint(*, user_id: UUID, organization: Organization, abilities: Collection[OrganisationAbility]) -> None:
    """Give these abilities beside those that the person has. Call it with the organisation locked."""
    for permission in Permission.objects.filter(
        content_type__app_label="directory", content_type__model="organization", codename__in=abilities
    ):
        OrganizationUserObjectPermission.objects.get_or_create(
            user_id=user_id, permission=permission, content_object=organization
        )


def dismiss(*, user_id: UUID, organization: Organization, abilities: Collection[OrganisationAbility]) -> None:
    """Take these abilities. Call it with the organisation locked."""
    OrganizationUserObjectPermission.objects.filter(
        user_id=user_id, content_object=organization, permission__codename__in=abilities
    ).delete()


def grant(*, user_id: UUID, circle: Circle, abilities: Collection[Ability], until: datetime | None) -> None:
    """Give exactly these abilities until then, in place of whatever the person had. Call it with the circle locked."""
    revoke(user_id=user_id, circle=circle)
    add(user_id=user_id, circle=circle, abilities=abilities, until=until)


def add(*, user_id: UUID, circle: Circle, abilities: Collection[Ability], until: datetime | None) -> None:
    """Give these abilities until then, beside those that the person has. Call it with the circle locked."""
    permissions = Permission.objects.filter(
        content_type__app_label="circles", content_type__model="circle", codename__in=abilities
    )
    CircleUserObjectPermission.objects.bulk_create(
        CircleUserObjectPermission(user_id=user_id, permission=permission, content_object=circle, until=until)
        for permission in permissions
    )


def revoke(*, user_id: UUID, circle: Circle) -> None:
    """Take every right of this person in this circle. Call it with the circle locked."""
    CircleUserObjectPermission.objects.filter(user_id=user_id, content_object=circle).delete()


def _roles() -> models.QuerySet[OrganizationUserObjectPermission]:
    return OrganizationUserObjectPermission.objects.filter(user__is_active=True).select_related(
        "content_object", "permission"
    )


def _rights_in_force() -> models.QuerySet[CircleUserObjectPermission]:
    return _rights_not_over().filter(Q(content_object__state="open") | Q(permission__codename__in=CLOSED_ABILITIES))


def _rights_not_over() -> models.QuerySet[CircleUserObjectPermission]:
    """Of circles that are open or closed: nobody has any in one that is archived."""
    return CircleUserObjectPermission.objects.filter(
        Q(until=None) | Q(until__gt=timezone.now()),
        content_object__state__in=("open", "closed"),
        user__is_active=True,
    )
