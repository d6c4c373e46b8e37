"""What may happen to an account besides signing in: made, given keys, deactivated."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from nacl.public import PrivateKey
from nacl.signing import SigningKey
from pytest_django import DjangoAssertNumQueries
from uuid_utils.compat import uuid7

from accounts import errors, selectors
from accounts.identity import history_key_tbs
from accounts.models import IdentityKey, User
from accounts.services import bind_identity, create_user, deactivate_user
from accounts.signals import session_ended
from audit.events import SYSTEM

pytestmark = pytest.mark.usefixtures("quick_passwords", "db")

PASSWORD = "douze cordes au rocher"


def a_user(name: str = "ferrier") -> User:
    return create_user(email=f"{name}@demo.mssante.example", password=PASSWORD)


def keys_of(user_id: UUID, signing: SigningKey | None = None) -> dict[str, Any]:
    signing = signing or SigningKey.generate()
    history = bytes(PrivateKey.generate().public_key)
    return {
        "user_id": user_id,
        "identity_key": bytes(signing.verify_key),
        "history_key": history,
        "history_sig": signing.sign(history_key_tbs(user_id, history)).signature,
    }


def acts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT act FROM audit_event WHERE act LIKE 'account.%%' ORDER BY t, id")
        return [act for (act,) in cursor.fetchall()]


# --- making an account ----------------------------------------------------------------------------------------------
def test_an_account_has_an_opaque_id_and_a_lower_case_address() -> None:
    user = create_user(email=" Ferrier@Demo.MSSante.example ", password=PASSWORD)
    assert (user.id.version, user.email) == (7, "ferrier@demo.mssante.example")
    assert str(user) == str(user.id), "no address in logs"
    assert acts() == ["account.create"]


def test_an_address_serves_one_person() -> None:
    a_user()
    with pytest.raises(errors.EmailTaken):
        create_user(email="FERRIER@demo.mssante.example", password=PASSWORD)
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["court", "password1234"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(errors.WeakPassword):
        create_user(email="ferrier@demo.mssante.example", password=password)


def test_nobody_is_above_rights() -> None:
    assert not a_user().is_superuser
    assert "is_superuser" not in {field.name for field in User._meta.get_fields()}


# --- keys -----------------------------------------------------------------------------------------------------------
def test_the_first_binding_wins(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = a_user()
    first = keys_of(user.id)
    bound = bind_identity(**first)
    assert bind_identity(**first) == bound, "the same keys again are no other binding"
    with pytest.raises(errors.IdentityBound):
        bind_identity(**keys_of(user.id))
    with django_assert_num_queries(1):
        assert selectors.active_identities([user.id, uuid7()]) == {user.id: bound}
    assert selectors.identity_of(uuid7()) is None


def test_one_key_stands_for_one_person() -> None:
    signing = SigningKey.generate()
    bind_identity(**keys_of(a_user("ferrier").id, signing))
    with pytest.raises(errors.IdentityBound):
        bind_identity(**keys_of(a_user("roussel").id, signing))


def test_the_database_too_refuses_a_second_active_key() -> None:
    user = a_user()
    bind_identity(**keys_of(user.id))
    with pytest.raises(IntegrityError), transaction.atomic():
        IdentityKey.objects.create(**keys_of(user.id))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("identity_key", b"\x01" * 31),
        ("identity_key", bytes(32)),  # a point of small order
        ("history_key", b"\x01" * 33),
        ("history_key", b"\x01" * 32),
        ("history_sig", b"\x01" * 63),
        ("history_sig", bytes(64)),
        ("user_id", None),
    ],
)
def test_keys_that_do_not_belong_together_are_refused(field: str, value: object) -> None:
    user, other = a_user("ferrier"), a_user("roussel")
    keys = keys_of(user.id) | {field: other.id if value is None else value}
    with pytest.raises(errors.BadIdentity):
        bind_identity(**keys)
    assert not IdentityKey.objects.exists()


# --- the end --------------------------------------------------------------------------------------------------------
def test_deactivating_ends_all_sessions_once(django_capture_on_commit_callbacks: Any) -> None:
    user, heard = a_user(), []

    def hear(sender: object, **said: object) -> None:
        heard.append((said["user_id"], said["session"]))

    session_ended.connect(hear)
    try:
        for _ in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                deactivate_user(actor=SYSTEM, user_id=user.id)
    finally:
        session_ended.disconnect(hear)
    assert heard == [(user.id, None)]
    assert acts() == ["account.create", "account.deactivate"]
