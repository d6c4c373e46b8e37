"""What can happen to a circle. Each service locks the circle, checks, writes, and records the act in one transaction.

Used by `chat.consequences` (the commit is the write), by `circles.api` (decline) and by commands. The lock comes before
every question: a right that was read while waiting for the lock may be gone once it is held.
"""

from circles.rules import ConsentRecord, lock_parent, person
from circles.services.appointing import appoint, dismiss
from circles.services.asking import ask_to_join, dismiss_request
from circles.services.break_glass import break_glass, end_break_glass, end_break_glasses, review_break_glass
from circles.services.changing import change_role, confirm_keys, restore_coordinator
from circles.services.closing import close, reopen
from circles.services.colleagues import open_exchange, open_team
from circles.services.compartments import open_compartment
from circles.services.contacts import accept_contact, ask_contact, block, end_contact, refuse_contact, unblock
from circles.services.departing import leave_organisation
from circles.services.ending import EndCode, decline, end_membership, expire_invitations, expire_memberships
from circles.services.handing_over import hand_over, loans_over, return_loans, warn_of_ends
from circles.services.inviting import JoinResult, accept, admit, check_may_join, invite, join
from circles.services.opening import link_professional, open_circle
from circles.services.patient_requests import erase_for_patient, report_for_patient
from circles.services.patients import change_patient
from circles.services.profiles import AbsenceSaid, update_profile
from circles.services.reminding import remind, resend
from circles.services.retention import set_retention
from circles.services.steward import set_steward
from circles.services.welcoming import claim, forget_addresses, look, refuse, reserve
from circles.services.wishes import lift_opposition, oppose, withdraw_consent

__all__ = [
    "AbsenceSaid",
    "ConsentRecord",
    "EndCode",
    "JoinResult",
    "accept",
    "accept_contact",
    "admit",
    "appoint",
    "ask_contact",
    "ask_to_join",
    "block",
    "break_glass",
    "change_patient",
    "change_role",
    "check_may_join",
    "claim",
    "close",
    "confirm_keys",
    "decline",
    "dismiss",
    "dismiss_request",
    "end_break_glass",
    "end_break_glasses",
    "end_contact",
    "end_membership",
    "erase_for_patient",
    "expire_invitations",
    "expire_memberships",
    "forget_addresses",
    "hand_over",
    "invite",
    "join",
    "leave_organisation",
    "lift_opposition",
    "link_professional",
    "loans_over",
    "lock_parent",
    "look",
    "open_circle",
    "open_compartment",
    "open_exchange",
    "open_team",
    "oppose",
    "person",
    "refuse",
    "refuse_contact",
    "remind",
    "reopen",
    "report_for_patient",
    "resend",
    "reserve",
    "restore_coordinator",
    "return_loans",
    "review_break_glass",
    "set_retention",
    "set_steward",
    "unblock",
    "update_profile",
    "warn_of_ends",
    "withdraw_consent",
]
