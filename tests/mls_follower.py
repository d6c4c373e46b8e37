"""The server's verifier beside a group that lives elsewhere: `python -m tests.mls_follower`, JSON lines in and out.

For `frontend/test/mls/follower.ts`. In: {"group_info", "ratchet_tree"} begins a group; {"proposals", "commit"} is the
next step; all bytes in hex. Out: what the verifier holds afterwards, {"group_context", "roster"}, or {"error": code}.
A commit that was taken is shown to it once more and must be stale; the state goes through its database column.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from chat.mls import MlsError, PublicGroup, StaleEpoch, UnsafePermissiveRules

RULES = UnsafePermissiveRules()


def begun(line: dict[str, Any]) -> PublicGroup:
    tree = bytes.fromhex(line["ratchet_tree"])
    return PublicGroup.from_group_info(bytes.fromhex(line["group_info"]), ratchet_tree=tree, rules=RULES)


def followed(group: PublicGroup, line: dict[str, Any]) -> PublicGroup:
    commit = bytes.fromhex(line["commit"])
    proposals = [group.verify_proposal(bytes.fromhex(each), rules=RULES) for each in line["proposals"]]
    after = group.apply(group.verify_commit(commit, rules=RULES, proposals=proposals))
    try:
        after.verify_commit(commit, rules=RULES)
    except StaleEpoch:
        return PublicGroup.from_bytes(after.to_bytes())
    raise MlsError("taken_twice")


def main() -> None:
    group: PublicGroup | None = None
    for text in sys.stdin:
        line = json.loads(text)
        try:
            group = begun(line) if group is None or "group_info" in line else followed(group, line)
        except MlsError as error:
            answer: dict[str, Any] = {"error": str(error)}
        else:
            roster = [(index, identity.hex(), key.hex()) for index, identity, key in group.roster()]
            answer = {"group_context": group.context.encode().hex(), "roster": roster}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
