"""One of the two whispers upwards: `chat` listens, cuts sockets and marks the group for re-keying.

Both are sent inside the transaction that changes the membership, so that what the listener writes commits with it.
`membership_started` carries `circle_id: UUID, user_id: UUID`; `membership_ended` also `code: str`.
"""

from django.dispatch import Signal

membership_started = Signal()
membership_ended = Signal()
