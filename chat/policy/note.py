"""What a commit says beside itself, signed with it as `authenticated_data`: when, and which changes it appends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chat.canonical import Fields, NotCanonical, decode
from chat.policy.changes import CHANGE_LIMIT, UnverifiedChange, read_change
from chat.policy.fold import apply
from chat.policy.refused import PolicyRefused
from chat.policy.state import EXTENSION_LIMIT, Policy

MOST_CHANGES: Final = 16  # in one commit


@dataclass(frozen=True, slots=True)
class CommitNote:
    time: datetime
    changes: tuple[UnverifiedChange, ...]


def read_note(authenticated_data: bytes) -> CommitNote:
    """Raises PolicyRefused."""
    try:
        fields = Fields(decode(authenticated_data, limit=2 * MOST_CHANGES * CHANGE_LIMIT))
        fields.version()
        time = fields.time("time")
        raw = [Fields({"c": each}).bytes("c") for each in fields.list("changes", most=MOST_CHANGES)]
        fields.end()
    except NotCanonical as error:
        raise PolicyRefused("bad_note") from error
    return CommitNote(time, tuple(read_change(each) for each in raw))


def advance(policy: Policy, note: CommitNote) -> Policy:
    """The policy that the note's changes make of `policy`. Raises PolicyRefused."""
    for change in note.changes:
        if change.time != note.time:
            raise PolicyRefused("bad_change")
        policy = apply(policy, change)
    return policy


def check_extension(policy: Policy, extension: bytes) -> None:
    """The group's extension is exactly this policy. Raises PolicyRefused."""
    written = policy.to_extension()
    if len(written) > EXTENSION_LIMIT:  # nobody could read it again
        raise PolicyRefused("circle_full")
    if written != extension:
        raise PolicyRefused("wrong_fold")


def apply_note(policy: Policy, note: CommitNote, extension: bytes) -> Policy:
    """The policy that a commit leads to, when `extension`, the group's afterwards, is exactly what the note's changes
    make of `policy`. Raises PolicyRefused.
    """
    after = advance(policy, note)
    check_extension(after, extension)
    return after
