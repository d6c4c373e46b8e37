"""Bringing a file: who may, piece by piece, from where it stopped; and how much one person may leave here."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from uuid_utils.compat import uuid4, uuid7

from chat import file_store, files
from chat.models import File
from tests.chat_files import SIZE, a_file, announce, bring, on_disk, status
from tests.chat_people import Answer, Person, Scene, a_person


def told(answer: Answer) -> tuple[int, str, str]:
    code, body = answer
    return code, body["code"], body["detail"]


def test_who_may_write_may_bring_a_file_and_nobody_else(scene: Scene) -> None:
    assert scene.over_http(lambda person: announce(person, scene.circle, uuid7())) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "not_found",
        "member": 200,
        "coordinator": 200,
    }


def test_a_file_is_continued_by_who_announced_it_and_nobody_else(scene: Scene) -> None:
    file = uuid7()
    announce(scene.nurse, scene.circle, file)
    expected = {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": "not_found",
        "coordinator": "not_found",
        "member": 200,
    }
    assert scene.over_http(lambda person: status(person, scene.circle, file)) == expected
    assert scene.over_http(lambda person: bring(person, scene.circle, file, b"piece")) == expected
    assert File.objects.get(id=file).received == 5


def test_pieces_are_appended_and_the_file_is_what_was_brought(scene: Scene) -> None:
    file, content = uuid7(), os.urandom(SIZE)
    assert announce(scene.nurse, scene.circle, file) == (200, {})
    assert status(scene.nurse, scene.circle, file) == (200, {"received": 0, "size": SIZE})
    for at in range(0, SIZE, 70_000):
        piece = content[at : at + 70_000]
        assert bring(scene.nurse, scene.circle, file, piece, at) == (200, {"received": at + len(piece)})
    assert status(scene.nurse, scene.circle, file) == (200, {"received": SIZE, "size": SIZE})
    assert on_disk(file) == content


def test_a_cut_upload_goes_on_where_it_stopped(scene: Scene) -> None:
    file, content = uuid7(), os.urandom(SIZE)
    announce(scene.nurse, scene.circle, file)
    bring(scene.nurse, scene.circle, file, content[:90_000])
    # The answer was lost: the browser announces and brings again, and is told where to go on.
    assert announce(scene.nurse, scene.circle, file) == (200, {})
    for wrong in (0, 89_999, 90_001, SIZE):
        refused = bring(scene.nurse, scene.circle, file, content[wrong : wrong + 10], wrong)
        assert told(refused) == (409, "wrong_offset", "90000")
    assert bring(scene.nurse, scene.circle, file, content[90_000:], 90_000) == (200, {"received": SIZE})
    assert on_disk(file) == content


def test_after_a_crash_the_shorter_of_folder_and_table_is_true(scene: Scene) -> None:
    file, content = uuid7(), os.urandom(SIZE)
    announce(scene.nurse, scene.circle, file)
    bring(scene.nurse, scene.circle, file, content[:100_000])
    # Written, and the transaction was lost: what is too much is written over.
    with file_store._path(file).open("ab") as longer:
        longer.write(b"of a lost transaction")
    assert bring(scene.nurse, scene.circle, file, content[100_000:120_000], 100_000) == (200, {"received": 120_000})
    # Committed, and the disk had not written all of it.
    os.truncate(file_store._path(file), 50_000)
    assert told(bring(scene.nurse, scene.circle, file, b"x", 120_000)) == (409, "wrong_offset", "50000")
    assert status(scene.nurse, scene.circle, file) == (200, {"received": 50_000, "size": SIZE})
    bring(scene.nurse, scene.circle, file, content[50_000:], 50_000)
    assert on_disk(file) == content


def test_of_two_who_bring_the_same_piece_at_once_one_is_told_where_to_go_on(scene: Scene) -> None:
    file, content = uuid7(), os.urandom(SIZE)
    announce(scene.nurse, scene.circle, file)

    def append(_: int) -> str:
        try:
            files.append(
                user_id=scene.nurse.id, circle_id=scene.circle.id, file_id=file, offset=0, piece=content[:100_000]
            )
        except files.WrongOffset as wrong:
            return wrong.detail
        finally:
            connection.close()
        return "appended"

    with ThreadPoolExecutor(4) as several:
        answers = sorted(several.map(append, range(4)))
    assert answers == ["100000", "100000", "100000", "appended"]
    assert on_disk(file) == content[:100_000]


@pytest.mark.parametrize(
    ("size", "code"), [(15, "bad_input"), (files.LARGEST + 1, "file_too_large"), (-1, "bad_input")]
)
def test_a_size_that_no_file_has_is_refused(scene: Scene, size: int, code: str) -> None:
    _, answer = announce(scene.nurse, scene.circle, uuid7(), size)
    assert answer["code"] == code


def test_the_largest_file_is_announced_and_no_more_is_taken_than_was_announced(scene: Scene) -> None:
    assert announce(scene.gp, scene.circle, uuid7(), files.LARGEST) == (200, {})
    file = uuid7()
    announce(scene.nurse, scene.circle, file, 1000)
    assert told(bring(scene.nurse, scene.circle, file, bytes(1001))) == (413, "file_too_large", "")
    bring(scene.nurse, scene.circle, file, bytes(1000))
    assert told(bring(scene.nurse, scene.circle, file, b"x", 1000)) == (413, "file_too_large", "")
    assert on_disk(file) == bytes(1000)


def test_a_request_brings_at_most_one_mebibyte(scene: Scene) -> None:
    file = uuid7()
    announce(scene.nurse, scene.circle, file, 3 * files.PIECE)
    assert told(bring(scene.nurse, scene.circle, file, bytes(files.PIECE + 1))) == (413, "file_too_large", "")
    assert on_disk(file) is None
    assert bring(scene.nurse, scene.circle, file, bytes(files.PIECE)) == (200, {"received": files.PIECE})


def test_an_id_is_one_file_of_one_person_in_one_circle(scene: Scene) -> None:
    file, elsewhere = uuid7(), scene.another_circle()
    announce(scene.nurse, scene.circle, file)
    for person, circle, size in (
        (scene.gp, scene.circle, SIZE),
        (scene.nurse, elsewhere, SIZE),
        (scene.nurse, scene.circle, SIZE + 1),
    ):
        assert told(announce(person, circle, file, size)) == (409, "replayed_id", "")
    assert told(bring(scene.nurse, elsewhere, file, b"x"))[1] == "not_found"
    assert told(announce(scene.nurse, scene.circle, uuid4()))[1] == "bad_input"


def test_who_was_removed_brings_nothing_more(scene: Scene) -> None:
    circle, file = scene.another_circle(), uuid7()
    announce(scene.nurse, circle, file)
    circle.end(scene.nurse)
    assert told(bring(scene.nurse, circle, file, b"x"))[1] == "not_found"
    assert told(status(scene.nurse, circle, file))[1] == "not_found"
    assert told(announce(scene.nurse, circle, uuid7()))[1] == "not_found"


@pytest.fixture
def newcomer(scene: Scene) -> Person:
    """A member of a circle of their own, so that what they leave unfinished is theirs."""
    return a_person()


def test_a_person_leaves_at_most_32_files_unfinished(scene: Scene, newcomer: Person) -> None:
    circle = scene.another_circle().with_members(newcomer)
    begun = [uuid7() for _ in range(files.MOST_UNFINISHED)]
    for file in begun:
        assert announce(newcomer, circle, file, 16) == (200, {})
    assert told(announce(newcomer, circle, uuid7(), 16)) == (429, "too_many_files", "")
    assert announce(newcomer, circle, begun[0], 16) == (200, {})  # a repeat is no further file
    bring(newcomer, circle, begun[0], bytes(16))
    assert announce(newcomer, circle, uuid7(), 16) == (200, {})


def test_a_person_brings_at_most_two_gibibytes_a_day(scene: Scene, newcomer: Person) -> None:
    circle = scene.another_circle().with_members(newcomer)
    file, _ = a_file(newcomer, circle)
    File.objects.filter(id=file).update(size=files.MOST_A_DAY - 100, received=files.MOST_A_DAY - 100)
    assert told(announce(newcomer, circle, uuid7(), 101)) == (429, "too_many_files", "")
    assert announce(newcomer, circle, uuid7(), 100) == (200, {})
    File.objects.filter(id=file).update(created=timezone.now() - timedelta(days=1))
    assert announce(newcomer, circle, uuid7(), 101) == (200, {})


def test_a_full_disk_is_told_and_nothing_is_counted(scene: Scene, settings: Settings) -> None:
    file = uuid7()
    announce(scene.nurse, scene.circle, file)
    settings.FILES_DIR = Path("/proc/full")
    assert told(bring(scene.nurse, scene.circle, file, b"x")) == (503, "storage_unavailable", "")
    assert file_store.objection() == "CORDEE_FILES_DIR /proc/full cannot be written to: No such file or directory."
    assert File.objects.get(id=file).received == 0


def test_the_addition_is_in_the_trail_with_its_size(scene: Scene) -> None:
    file, content = a_file(scene.nurse, scene.circle)
    (event,) = scene.nurse.traces("attachment.add", obj=f"Attachment/{file}")
    assert (event.out, event.cir is not None, event.pat is not None) == (0, True, True)
    assert f'"siz":{len(content)}' in event.leaf
