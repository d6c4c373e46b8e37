"""The circle policy (group-context extension 0xF0C1) and its chain of signed changes: who may be in the circle, and
who said so.

Pure. The state is the fold of the chain; the server and every client refuse a commit whose new extension is not that
fold. docs/protocol.md gives the bytes; `tests/vectors/policy.json` is read by both sides; docs/validation.md lists
the rules.

`persons`, `changes` and `state` read and write; `fold` decides who may change what, with the rules of each operation
in `rules`; `note` is what a commit carries; `leaves` which devices it removes.
"""

from chat.policy.changes import (
    CHANGE_LIMIT,
    NO_HASH,
    Admit,
    Create,
    End,
    Invite,
    Op,
    Reset,
    Restore,
    Revoke,
    Role,
    Rotate,
    UnverifiedChange,
    read_change,
)
from chat.policy.fold import apply, begin, fold
from chat.policy.leaves import unfit
from chat.policy.note import MOST_CHANGES, CommitNote, advance, apply_note, check_extension, read_note
from chat.policy.persons import (
    CLOCK_TOLERANCE,
    GROUNDS,
    MOST_REVOKED,
    ROLES,
    Ground,
    Keys,
    NewPerson,
    Person,
    RoleName,
    is_past,
)
from chat.policy.refused import PolicyRefused
from chat.policy.state import EXTENSION_LIMIT, EXTENSION_TYPE, MOST_PERSONS, Head, Policy, read_policy
from chat.statements.orders import END_CODES, EndCode

__all__ = [
    "CHANGE_LIMIT",
    "CLOCK_TOLERANCE",
    "END_CODES",
    "EXTENSION_LIMIT",
    "EXTENSION_TYPE",
    "GROUNDS",
    "MOST_CHANGES",
    "MOST_PERSONS",
    "MOST_REVOKED",
    "NO_HASH",
    "ROLES",
    "Admit",
    "CommitNote",
    "Create",
    "End",
    "EndCode",
    "Ground",
    "Head",
    "Invite",
    "Keys",
    "NewPerson",
    "Op",
    "Person",
    "Policy",
    "PolicyRefused",
    "Reset",
    "Restore",
    "Revoke",
    "Role",
    "RoleName",
    "Rotate",
    "UnverifiedChange",
    "advance",
    "apply",
    "apply_note",
    "begin",
    "check_extension",
    "fold",
    "is_past",
    "read_change",
    "read_note",
    "read_policy",
    "unfit",
]
