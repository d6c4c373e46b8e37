"""What a server can know and verify of an MLS group (RFC 9420), holding no secret.

For the delivery service of `chat`; pure (standard library and PyNaCl), no Django. The usual life of a group here:

    group = PublicGroup.create(group_info, ratchet_tree=tree, rules=rules)    # epoch 0, as its creator shows it
    column = group.to_bytes()                                                 # public state for the database

    group = PublicGroup.from_bytes(column)
    commit = group.verify_commit(message, rules=rules)                        # VerifiedCommit, or an MlsError
    after = group.apply(commit)                                               # == commit.group_after
    after.verify_group_info(external_pub, signature, commit.committer.leaf_index)
    for_joiners = after.group_info_bytes(external_pub, signature, commit.committer.leaf_index)
    tree_for_joiners = after.ratchet_tree_bytes()

`rules` is the caller's policy (see `Rules`): which proposals, whose credentials, which extensions. Refusals are
`MlsError`s; `error.code` is stable (`stale_epoch`, `bad_signature`, …).
"""

from chat.mls.errors import (
    BadSignature,
    InvalidCommit,
    InvalidGroup,
    Malformed,
    MlsError,
    RefusedByRules,
    StaleEpoch,
)
from chat.mls.group import PublicGroup, VerifiedCommit
from chat.mls.handshake import (
    Add,
    ExternalInit,
    GroupContextExtensions,
    PreSharedKey,
    Proposal,
    ReInit,
    Remove,
    Update,
)
from chat.mls.keys import sign_with_label, verify_with_label
from chat.mls.leaf import CREDENTIAL_BASIC, Extension, LeafNode
from chat.mls.messages import GroupContext, Sender, SenderType, UnverifiedCommit, decode_commit
from chat.mls.proposals import Sent, VerifiedProposal
from chat.mls.rules import Member, Rules, UnsafePermissiveRules

__all__ = [
    "CREDENTIAL_BASIC",
    "Add",
    "BadSignature",
    "Extension",
    "ExternalInit",
    "GroupContext",
    "GroupContextExtensions",
    "InvalidCommit",
    "InvalidGroup",
    "LeafNode",
    "Malformed",
    "Member",
    "MlsError",
    "PreSharedKey",
    "Proposal",
    "PublicGroup",
    "ReInit",
    "RefusedByRules",
    "Remove",
    "Rules",
    "Sender",
    "SenderType",
    "Sent",
    "StaleEpoch",
    "UnsafePermissiveRules",
    "UnverifiedCommit",
    "Update",
    "VerifiedCommit",
    "VerifiedProposal",
    "decode_commit",
    "sign_with_label",
    "verify_with_label",
]
