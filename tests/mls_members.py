"""Members of an MLS group as a server sees them: they sign and send, and seal random bytes instead of secrets.

For the tests of `chat.mls` and for measuring it. `FakeMember` writes what a client would write, from the RFC and not
from the verifier's own path: only the tree arithmetic is shared. Everything is drawn from the `Random` that is handed
in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from nacl.bindings import crypto_scalarmult_base, crypto_sign_seed_keypair

from chat.mls import Extension, PublicGroup, UnsafePermissiveRules, sign_with_label
from chat.mls.codec import decode, opaque, u8, u16, u32, u64
from chat.mls.handshake import read_key_package
from chat.mls.leaf import EXTENSION_EXTERNAL_PUB, EXTENSION_REQUIRED_CAPABILITIES, encode_extensions
from chat.mls.messages import GroupContext, group_info_unsigned
from chat.mls.tree import TreeDraft, read_tree

RULES = UnsafePermissiveRules()
GREASE = 0x0A0A
POLICY = 0xF0C1
REQUIRED = Extension(EXTENSION_REQUIRED_CAPABILITIES, opaque(u16(POLICY)) + opaque(b"") + opaque(u16(1)))


def remove(leaf_index: int) -> bytes:
    return u16(3) + u32(leaf_index)


def replace_extensions(*extensions: Extension) -> bytes:
    return u16(7) + encode_extensions(extensions)


def add(key_package: bytes) -> bytes:
    return u16(1) + key_package


class FakeMember:
    """One device; `identity` is its credential's."""

    def __init__(self, identity: bytes, random: Random) -> None:
        self.identity = identity
        self.random = random
        self.seed = random.randbytes(32)
        self.signature_key, _ = crypto_sign_seed_keypair(self.seed)

    def fresh_key(self) -> bytes:
        return crypto_scalarmult_base(self.random.randbytes(32))

    def leaf(
        self,
        source: bytes,
        place: bytes = b"",
        *,
        capabilities: Sequence[int] = (POLICY, GREASE),
        credential_type: int = 1,
        encryption_key: bytes | None = None,
    ) -> bytes:
        listed = opaque(b"".join(map(u16, capabilities)))
        unsigned = (
            opaque(encryption_key or self.fresh_key())
            + opaque(self.signature_key)
            + u16(credential_type)
            + opaque(self.identity)
            + opaque(u16(1))
            + opaque(u16(1) + u16(3) + u16(GREASE))
            + listed
            + opaque(u16(GREASE))
            + opaque(u16(1) + u16(2) + u16(GREASE))
            + source
            + opaque(b"")
        )
        return unsigned + opaque(sign_with_label(self.seed, "LeafNodeTBS", unsigned + place))

    def key_package_leaf(self, *, capabilities: Sequence[int] = (POLICY, GREASE)) -> bytes:
        return self.leaf(u8(1) + u64(1) + u64(2**40), capabilities=capabilities)

    def key_package(self, suite: int = 1) -> bytes:
        unsigned = u16(1) + u16(suite) + opaque(self.fresh_key()) + self.key_package_leaf() + opaque(b"")
        return unsigned + opaque(sign_with_label(self.seed, "KeyPackageTBS", unsigned))

    def create(self, group_id: bytes, *extensions: Extension, epoch: int = 0) -> tuple[bytes, bytes]:
        """(GroupInfo, ratchet tree) of a new group."""
        tree = opaque(b"\x01\x01" + self.key_package_leaf())
        context = GroupContext(
            1, group_id, epoch, read_tree(tree).tree_hash, b"" if not epoch else bytes(32), extensions
        )
        return self.group_info(context, 0), tree

    def group_info(self, context: GroupContext, index: int, tag: bytes | None = None) -> bytes:
        external_pub = Extension(EXTENSION_EXTERNAL_PUB, opaque(self.fresh_key()))
        unsigned = group_info_unsigned(context, (external_pub,), tag or self.random.randbytes(32), index)
        return unsigned + opaque(sign_with_label(self.seed, "GroupInfoTBS", unsigned))

    def path(
        self,
        draft: TreeDraft,
        index: int,
        group_id: bytes,
        *,
        newcomers: Sequence[int] = (),
        leaf: Callable[[bytes, bytes], bytes] | None = None,
    ) -> bytes:
        """An UpdatePath for the leaf `index` over `draft`, which is spent."""
        filtered = draft.filtered_path(index)
        keys = [self.fresh_key() for _ in filtered]
        due = draft.set_path(index, [(at, key) for (at, _), key in zip(filtered, keys, strict=True)])
        make = leaf or self.leaf
        nodes = b""
        for key, (_, beside) in zip(keys, filtered, strict=True):
            sealed = [
                opaque(self.random.randbytes(32)) + opaque(self.random.randbytes(48))
                for at in beside
                if at // 2 not in newcomers or at % 2
            ]
            nodes += opaque(key) + opaque(b"".join(sealed))
        return make(u8(3) + opaque(due), opaque(group_id) + u32(index)) + opaque(nodes)

    def frame(
        self, group: PublicGroup, sender: bytes, body: bytes, *, data: bytes = b"", epoch: int | None = None
    ) -> bytes:
        """A PublicMessage with a commit as its body."""
        number = group.epoch if epoch is None else epoch
        content = opaque(group.group_id) + u64(number) + sender + opaque(data) + u8(3) + body
        signed = u16(1) + u16(1) + content + group.context.encode()
        signature = sign_with_label(self.seed, "FramedContentTBS", signed)
        member = sender[0] == 1
        tags = opaque(self.random.randbytes(32)) + (opaque(self.random.randbytes(32)) if member else b"")
        return u16(1) + u16(1) + content + opaque(signature) + tags

    def index_in(self, group: PublicGroup) -> int:
        return next(member.leaf_index for member in group.roster() if member.signature_key == self.signature_key)

    def commit(
        self,
        group: PublicGroup,
        *proposals: bytes,
        removing: Sequence[int] = (),
        adding: Sequence[bytes] = (),
        with_path: bool = True,
        sealing_for_added: bool = False,
        data: bytes = b"",
        leaf: Callable[[bytes, bytes], bytes] | None = None,
    ) -> bytes:
        """A commit that removes and adds leaves and carries the given inline `proposals` as they are."""
        index, draft = self.index_in(group), TreeDraft.of(group.tree)
        for gone in removing:
            if draft.leaf(gone) is not None:
                draft.remove(gone)
        newcomers = [draft.add(decode(package, read_key_package).leaf) for package in adding]
        listed = b"".join(u8(1) + item for item in (*proposals, *map(remove, removing), *map(add, adding)))
        path = b"\x00"
        if with_path:
            left_out = [] if sealing_for_added else newcomers
            path = b"\x01" + self.path(draft, index, group.group_id, newcomers=left_out, leaf=leaf)
        return self.frame(group, u8(1) + u32(index), opaque(listed) + path, data=data)

    def join(
        self,
        group: PublicGroup,
        *proposals: bytes,
        resync: int | None = None,
        data: bytes = b"",
        leaf: Callable[[bytes, bytes], bytes] | None = None,
    ) -> bytes:
        """An external commit, removing the leaf `resync` when given."""
        draft = TreeDraft.of(group.tree)
        listed = u8(1) + u16(6) + opaque(self.fresh_key()) + b"".join(u8(1) + item for item in proposals)
        if resync is not None:
            draft.remove(resync)
            listed += u8(1) + remove(resync)
        path = self.path(draft, draft.leftmost_blank(), group.group_id, leaf=leaf)
        return self.frame(group, u8(4), opaque(listed) + b"\x01" + path, data=data)


def circle(size: int, seed: int = 1, *extensions: Extension) -> tuple[PublicGroup, list[FakeMember]]:
    """A group of `size` leaves: a creator, and external joiners one after the other; member i is leaf i."""
    random = Random(seed)
    members = [FakeMember(b"member %d" % number, random) for number in range(size)]
    group_info, tree = members[0].create(b"a circle", *extensions)
    group = PublicGroup.create(group_info, ratchet_tree=tree, rules=RULES)
    for joiner in members[1:]:
        group = group.apply(group.verify_commit(joiner.join(group), rules=RULES))
    return group, members
