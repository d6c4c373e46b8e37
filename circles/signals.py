"""One of the two whispers upwards: `chat` listens, cuts sockets and marks the group for re-keying.

All are sent inside the transaction that changes the place, so that what the listener writes commits with it.
`membership_started` carries `circle_id: UUID, user_id: UUID`; `membership_ended` also `code: str`, and so does
`invitation_ended`, for an offer that its invitee declined or let pass. `admission_asked` carries `circle_id: UUID`,
`patient_changed` `circle_ids: Collection[UUID]`, whose patient has another identity now,
`noticed` `user_ids: Collection[UUID]`, whose notices are others now.
`noticed` `user_ids: Collection[UUID]`, whose notices are others now, and `circle_state_changed` both: the circle has
closed, is open again, or somebody's rights in it have ended by themselves, and these people see it in their lists.
"""

from django.dispatch import Signal

membership_started = Signal()
membership_ended = Signal()
invitation_ended = Signal()
admission_asked = Signal()
patient_changed = Signal()
noticed = Signal()
circle_state_changed = Signal()
