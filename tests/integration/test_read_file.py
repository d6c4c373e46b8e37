"""Fetching a file: who may, whole or in part; and what its answer says of itself."""

from __future__ import annotations

import os

import pytest
from uuid_utils.compat import uuid7

from tests.chat_files import SIZE, a_file, announce, bring, fetch
from tests.chat_people import Person, Scene


def test_members_of_every_role_fetch_and_nobody_else(scene: Scene) -> None:
    file, content = a_file(scene.nurse, scene.circle)

    def ask(person: Person) -> tuple[int, object]:
        response = fetch(scene.server, person, scene.circle, file)
        return response.status_code, {} if response.content == content else response.json()

    assert scene.over_http(ask) == {
        "nobody": "signed_out",
        "signed out": "signed_out",
        "without MFA": "mfa_required",
        "stranger": "not_found",
        "officer": "not_found",
        "invitee": "not_found",
        "guest": 200,
        "member": 200,
        "coordinator": 200,
    }


def test_the_answer_is_bytes_to_be_saved_and_nothing_that_a_browser_would_open(scene: Scene) -> None:
    file, content = a_file(scene.nurse, scene.circle, b"<script>alert(1)</script>")
    response = fetch(scene.server, scene.gp, scene.circle, file)
    assert response.content == content
    expected = {
        "content-type": "application/octet-stream",
        "content-disposition": "attachment",
        "content-length": str(len(content)),
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
        "accept-ranges": "bytes",
    }
    assert {name: response.headers[name] for name in expected} == expected
    assert "default-src 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("part", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=150000-", 150_000, SIZE),
        ("bytes=199999-300000", SIZE - 1, SIZE),
        ("bytes=-16", SIZE - 16, SIZE),
    ],
)
def test_a_part_is_fetched_from_where_a_download_stopped(scene: Scene, part: str, start: int, stop: int) -> None:
    file, content = a_file(scene.nurse, scene.circle)
    response = fetch(scene.server, scene.gp, scene.circle, file, part)
    assert (response.status_code, response.content) == (206, content[start:stop])
    assert response.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"


def test_what_is_no_range_is_the_whole_and_what_is_beyond_is_refused(scene: Scene) -> None:
    file, content = a_file(scene.nurse, scene.circle)
    for part in ("bytes=0-1,5-6", "bytes=a-b", "items=0-1", "bytes=0-"):
        response = fetch(scene.server, scene.gp, scene.circle, file, part)
        assert (response.status_code, response.content) == (200, content)
    for part in (f"bytes={SIZE}-", "bytes=5-4", "bytes=-0"):
        response = fetch(scene.server, scene.gp, scene.circle, file, part)
        assert (response.status_code, response.headers["content-range"]) == (416, f"bytes */{SIZE}")


def test_an_unfinished_file_and_one_of_another_circle_are_absent(scene: Scene) -> None:
    unfinished, elsewhere = uuid7(), scene.another_circle()
    announce(scene.nurse, scene.circle, unfinished)
    bring(scene.nurse, scene.circle, unfinished, os.urandom(SIZE - 1))
    file, _ = a_file(scene.nurse, elsewhere)
    absent = fetch(scene.server, scene.gp, scene.circle, uuid7())
    assert (absent.status_code, absent.json()) == (404, {"code": "not_found", "detail": ""})
    for hidden in (unfinished, file):
        response = fetch(scene.server, scene.gp, scene.circle, hidden)
        assert (response.status_code, response.json()) == (404, absent.json())


def test_who_was_removed_fetches_nothing_more(scene: Scene) -> None:
    circle = scene.another_circle()
    file, content = a_file(scene.nurse, circle)
    assert fetch(scene.server, scene.nurse, circle, file).content == content
    circle.end(scene.nurse)
    assert fetch(scene.server, scene.nurse, circle, file).status_code == 404
    assert fetch(scene.server, scene.gp, circle, file).content == content


def test_a_large_file_is_streamed_and_not_held(scene: Scene) -> None:
    """The server's memory does not grow by what it sends."""
    file, content = uuid7(), os.urandom(48 * 1024 * 1024)
    announce(scene.gp, scene.circle, file, len(content))
    for at in range(0, len(content), 1024 * 1024):
        assert bring(scene.gp, scene.circle, file, content[at : at + 1024 * 1024], at)[0] == 200
    fetch(scene.server, scene.gp, scene.circle, file, "bytes=0-1000000")
    before = peak_memory(scene)
    assert fetch(scene.server, scene.gp, scene.circle, file).content == content
    assert peak_memory(scene) - before < 16 * 1024


def peak_memory(scene: Scene) -> int:
    """KiB, of the server's process."""
    with open(f"/proc/{scene.server.process.pid}/status") as status:  # noqa: PTH123
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def test_fetching_and_being_refused_are_in_the_trail(scene: Scene) -> None:
    file, content = a_file(scene.nurse, scene.circle)
    refused_before = len(scene.stranger.traces("attachment.read"))
    fetch(scene.server, scene.gp, scene.circle, file)
    fetch(scene.server, scene.stranger, scene.circle, file)
    (read,) = scene.gp.traces("attachment.read", obj=f"Attachment/{file}")
    assert (read.out, read.cir is not None, f'"siz":{len(content)}' in read.leaf) == (0, True, True)
    refused = scene.stranger.traces("attachment.read")[refused_before:]
    assert [(each.out, each.err) for each in refused] == [(8, "not_found")]
