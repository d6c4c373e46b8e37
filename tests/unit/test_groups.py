"""An officer who asks for a group of acts misses none."""

from __future__ import annotations

from audit.acts import ACTS
from compliance.groups import GROUP_OF, GROUPS, acts_of


def test_each_act_is_in_one_group() -> None:
    assert GROUP_OF.keys() == ACTS.keys()
    assert sum(len(acts_of(group)) for group in GROUPS) == len(ACTS)
