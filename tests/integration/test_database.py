"""The databases of the tests themselves: who we are in them, and that nothing stays behind."""

from __future__ import annotations

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection


def _role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_rolled_back_test_is_the_application_and_not_the_owner() -> None:
    assert _role() == "cordee_app"
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mine (id int)")


def test_a_committing_test_has_a_database_of_its_own(committed_db: str) -> None:
    assert committed_db in settings.DATABASE_URL
    with psycopg.connect(settings.DATABASE_URL) as other, connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone()[0] == other.info.dbname == committed_db
    assert _role() == "cordee_app"


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True)
