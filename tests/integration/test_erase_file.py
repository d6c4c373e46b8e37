"""Erasing files with their message, and removing what nobody goes on bringing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.selectors import events_about
from chat import file_store, files
from chat.models import File
from tests.chat_files import a_file, announce, bring, fetch, on_disk
from tests.chat_people import Scene


def test_an_erasure_takes_the_authors_files_of_this_circle_and_no_other(scene: Scene) -> None:
    elsewhere = scene.another_circle()
    mine, foreign, far = (
        a_file(scene.nurse, scene.circle)[0],
        a_file(scene.gp, scene.circle)[0],
        a_file(scene.nurse, elsewhere)[0],
    )
    with transaction.atomic():
        erased = files.erase(
            actor=scene.nurse.actor,
            circle_id=scene.circle.id,
            author=scene.nurse.id,
            file_ids=[mine, foreign, far, uuid7()],
        )
        assert on_disk(mine) is not None  # until the COMMIT
    assert erased == 1
    assert on_disk(mine) is None
    assert fetch(scene.server, scene.gp, scene.circle, mine).status_code == 404
    assert fetch(scene.server, scene.gp, scene.circle, foreign).status_code == 200
    assert fetch(scene.server, scene.gp, elsewhere, far).status_code == 200
    (event,) = events_about(obj=("Attachment", mine)).filter(act="attachment.erase")
    assert event.dev == scene.nurse.device.id
    assert announce(scene.nurse, scene.circle, mine)[1]["code"] == "replayed_id"


def test_an_erasure_that_is_rolled_back_erases_nothing(scene: Scene) -> None:
    file, content = a_file(scene.nurse, scene.circle)
    with transaction.atomic():
        files.erase(actor=scene.nurse.actor, circle_id=scene.circle.id, author=scene.nurse.id, file_ids=[file])
        transaction.set_rollback(True)
    assert fetch(scene.server, scene.gp, scene.circle, file).content == content


def test_what_was_given_up_a_day_ago_is_removed_and_nothing_else(scene: Scene) -> None:
    old, young, (complete, _) = uuid7(), uuid7(), a_file(scene.nurse, scene.circle)
    for file in (old, young):
        announce(scene.nurse, scene.circle, file)
        bring(scene.nurse, scene.circle, file, b"a beginning")
    File.objects.filter(id__in=(old, complete)).update(created=timezone.now() - timedelta(hours=25))
    call_command("purge_files", verbosity=0)
    assert [on_disk(file) is None for file in (old, young, complete)] == [True, False, False]
    assert set(File.objects.filter(id__in=(old, young, complete)).values_list("id", flat=True)) == {young, complete}
    assert events_about(obj=("Attachment", old)).filter(act="attachment.erase").count() == 1
    assert files.purge() == 0
    # The browser that comes back begins again.
    assert announce(scene.nurse, scene.circle, old) == (200, {})


def test_bytes_that_outlived_their_erasure_are_removed(scene: Scene) -> None:
    """The process ended between COMMIT and removal."""
    file, _ = a_file(scene.nurse, scene.circle)
    File.objects.filter(id=file).update(erased=timezone.now())
    files.purge()
    assert on_disk(file) is None
    assert not File.objects.filter(id=file).exists()


def test_an_upload_that_goes_on_at_this_moment_is_left_alone(scene: Scene) -> None:
    file = uuid7()
    announce(scene.nurse, scene.circle, file)
    bring(scene.nurse, scene.circle, file, b"a beginning")
    File.objects.filter(id=file).update(created=timezone.now() - timedelta(hours=25))
    assert file_store.length(file) == 11
    with transaction.atomic(), ThreadPoolExecutor(1) as timer:
        File.objects.select_for_update().get(id=file)
        timer.submit(files.purge).result()
    assert file_store.length(file) == 11
