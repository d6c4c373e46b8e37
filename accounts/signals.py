"""One of the two whispers upwards: `chat` listens and closes the sockets that the ended session opened.

`session_ended` carries `user_id: UUID` and `session: str | None`: the hash of `accounts.sessions.session_hash`, or None
for all sessions of the person. It is sent after the session has really ended.
"""

from django.dispatch import Signal

session_ended = Signal()
