"""Which acts account for which rows: one table over all rooms, read by `compliance.reconciliation`.

Each line says, in SQL, which rows demand an act and which acts demand a row, by a key that both sides know; whatever is
on one side alone was written past the services, or lost. A new table that an act fills gets its line here. `at` is when
it happened: what is older than the youngest pruned event of the acts' class is left out, because such acts are no
longer told. Runs as the application, which reads everything.
"""

# ruff: noqa: S608 — every part of a statement is a literal of this file

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, LiteralString

from audit.acts import Retention


@dataclass(frozen=True, slots=True)
class Correspondence:
    """`rows` and `acts` each yield `(key text, at timestamptz)`; a key may come several times and counts once.

    `fades`: rows go after a while without an act, so that an act without its row says nothing. `retention`: the class
    of all its acts, which says how far back they are told.
    """

    name: str
    rows: LiteralString
    acts: LiteralString
    fades: bool = False
    retention: Retention = "access"


def _about(kind: LiteralString, *acts: LiteralString) -> LiteralString:
    """Acts upon objects of one kind, by the object's id."""
    listed = "', '".join(acts)
    return f"""
        SELECT split_part(obj, '/', 2), t FROM audit_event
        WHERE act IN ('{listed}') AND out = 0 AND starts_with(obj, '{kind}/')"""


def _except(acts: LiteralString, taken: LiteralString) -> LiteralString:
    """Acts upon what no later act has taken away."""
    return f"SELECT a.* FROM ({acts}) AS a (key, t) WHERE a.key NOT IN (SELECT b.key FROM ({taken}) AS b (key, t))"


def _named(kind: LiteralString, table: LiteralString, at: LiteralString) -> LiteralString:
    """Rows of subjects by their pseudonyms. Those without one are a difference beyond what erasures account for."""
    return f"""
        SELECT coalesce(p.pseudonym::text, 'nameless ' || r.id), r.{at}
        FROM {table} AS r LEFT JOIN audit_pseudonym AS p ON p.kind = '{kind}' AND p.subject = r.id
        WHERE p.pseudonym IS NOT NULL OR r.id NOT IN (
            SELECT e.id FROM {table} AS e
            WHERE NOT EXISTS (SELECT FROM audit_pseudonym AS q WHERE q.kind = '{kind}' AND q.subject = e.id)
            ORDER BY e.id LIMIT (
                SELECT count(*) FROM audit_event
                WHERE act = 'subject.erase' AND out = 0 AND starts_with(obj, '{kind}/')))"""


# A circle that is being emptied, or was: what it held goes without an act each, `circle.purge` counts it.
_EMPTIED: Final = "SELECT id FROM circles_circle WHERE state IN ('archived', 'purged')"
_OF_EMPTIED: Final = f"SELECT pseudonym FROM audit_pseudonym WHERE kind = 'Circle' AND subject IN ({_EMPTIED})"

CORRESPONDENCES: Final = (
    Correspondence(
        # Byte for byte: an item that was edited has another hash than the one in its event.
        "the log of each circle",
        """
        SELECT concat_ws(' ', i.event_id, i.seq, i.kind,
                         encode(CASE WHEN i.body IS NULL THEN i.digest ELSE sha256(i.body) END, 'base64')), i.at
        FROM chat_item AS i LEFT JOIN audit_event AS e ON e.id = i.event_id
        WHERE e.act IS NULL OR e.act NOT IN ('message.erase', 'announcement.post')
        UNION ALL
        SELECT concat_ws(' ', o.event_id, 0, 2, encode(sha256(o.group_info), 'base64')), e.t
        FROM chat_opening AS o LEFT JOIN audit_event AS e ON e.id = o.event_id""",
        """
        SELECT concat_ws(' ', id, said.seq, CASE act WHEN 'mls.commit' THEN 2 WHEN 'history.grant' THEN 3 ELSE 1 END,
                         said.sha), t
        FROM audit_event, json_to_record(leaf::json) AS said (seq bigint, sha text)
        WHERE act IN ('message.send', 'message.ack', 'mls.commit', 'history.grant') AND out = 0 AND leaf <> ''""",
    ),
    Correspondence(
        "announcements",
        """
        SELECT concat_ws(' ', i.event_id, i.seq, i.kind,
                         encode(CASE WHEN i.body IS NULL THEN i.digest ELSE sha256(i.body) END, 'base64')), i.at
        FROM chat_item AS i JOIN audit_event AS e ON e.id = i.event_id
        WHERE e.act = 'announcement.post'""",
        """
        SELECT concat_ws(' ', id, said.seq, 1, said.sha), t
        FROM audit_event, json_to_record(leaf::json) AS said (seq bigint, sha text)
        WHERE act = 'announcement.post' AND out = 0 AND leaf <> ''""",
        retention="security",
    ),
    Correspondence(
        "erasing messages",
        """
        SELECT concat_ws(' ', i.event_id, i.seq), i.at FROM chat_item AS i JOIN audit_event AS e ON e.id = i.event_id
        WHERE e.act = 'message.erase'""",
        """
        SELECT concat_ws(' ', id, leaf::json ->> 'seq'), t FROM audit_event
        WHERE act = 'message.erase' AND out = 0 AND leaf <> ''""",
    ),
    Correspondence(
        "erased messages",
        f"SELECT message_id::text, at FROM chat_item WHERE body IS NULL AND kind = 1 AND group_id NOT IN ({_EMPTIED})",
        _about("Message", "message.erase") + f" AND cir NOT IN ({_OF_EMPTIED})",
    ),
    Correspondence("accounts", _named("Person", "accounts_user", "created"),
                   _about("Person", "account.create", "account.reserve"), retention="security"),
    Correspondence("circles", _named("Circle", "circles_circle", "opened"), _about("Circle", "circle.create")),
    Correspondence("members", "SELECT id::text, joined FROM circles_member", _about("Member", "member.join")),
    Correspondence("ended members", "SELECT id::text, ended FROM circles_member WHERE ended IS NOT NULL",
                   _about("Member", "member.end")),
    Correspondence("invitations", "SELECT id::text, created FROM circles_invitation",
                   _about("Invitation", "member.invite")),
    Correspondence(
        "invitations that came to nothing",
        "SELECT id::text, created FROM circles_invitation WHERE state IN ('declined', 'expired', 'revoked')",
        _about("Invitation", "invitation.decline", "invitation.expire", "invitation.revoke"),
    ),
    Correspondence("requests to join", "SELECT id::text, created FROM circles_joinrequest",
                   _about("JoinRequest", "invitation.ask")),
    Correspondence("consents", "SELECT id::text, recorded FROM circles_consent", _about("Consent", "consent.record")),
    Correspondence("withdrawn consents", "SELECT id::text, withdrawn FROM circles_consent WHERE withdrawn IS NOT NULL",
                   _about("Consent", "consent.withdraw")),
    Correspondence("oppositions", "SELECT id::text, recorded FROM circles_opposition",
                   _about("Opposition", "opposition.record")),
    Correspondence("lifted oppositions", "SELECT id::text, lifted FROM circles_opposition WHERE lifted IS NOT NULL",
                   _about("Opposition", "opposition.lift")),
    Correspondence(
        # Counted from the newest: the oldest acts go first.
        "closed circles",
        """
        SELECT p.pseudonym || ' ' || row_number() OVER (PARTITION BY c.circle_id ORDER BY c.closed DESC), c.closed
        FROM circles_closure AS c JOIN audit_pseudonym AS p ON p.kind = 'Circle' AND p.subject = c.circle_id""",
        """
        SELECT cir || ' ' || row_number() OVER (PARTITION BY cir ORDER BY id DESC), t
        FROM audit_event WHERE act = 'circle.close' AND out = 0""",
    ),
    Correspondence("break-glasses", "SELECT id::text, started FROM circles_breakglass",
                   _except(_about("BreakGlass", "breakglass.start"), _about("BreakGlass", "breakglass.forget"))),
    Correspondence("break-glasses that ended", "SELECT id::text, ended FROM circles_breakglass WHERE ended IS NOT NULL",
                   _except(_about("BreakGlass", "breakglass.end"), _about("BreakGlass", "breakglass.forget"))),
    Correspondence(
        "files",
        f"SELECT id::text, created FROM chat_file WHERE erased IS NULL AND group_id NOT IN ({_EMPTIED})",
        _except(_about("Attachment", "attachment.add") + f" AND cir NOT IN ({_OF_EMPTIED})",
                _about("Attachment", "attachment.erase")),
    ),
    Correspondence("devices", "SELECT id::text, created FROM chat_device", _about("Device", "device.add")),
    Correspondence("ended devices", "SELECT id::text, ended FROM chat_device WHERE ended IS NOT NULL",
                   _about("Device", "device.revoke")),
    Correspondence(
        # Not acts of the trail but leaves of the key log, byte for byte; those are never pruned.
        "key events",
        "SELECT concat_ws(' ', user_id, seq, encode(sha256(raw), 'base64')), added FROM chat_keyevent",
        """
        SELECT concat_ws(' ', subject, seq, encode(sha256(convert_to(leaf, 'UTF8')), 'base64')), now()
        FROM audit_keyleaf""",
    ),
    Correspondence("steward keys", "SELECT organization_id::text, set FROM circles_steward",
                   _about("Organization", "steward.set")),
    Correspondence("contacts", "SELECT id::text, since FROM circles_contact", _about("Contact", "contact.ask"),
                   retention="security"),
    Correspondence("certificates", "SELECT event_id::text, made FROM compliance_certificate",
                   "SELECT id::text, t FROM audit_event WHERE act = 'audit.certify' AND out = 0", fades=True),
    Correspondence("exports", "SELECT event_id::text, asked FROM compliance_export",
                   "SELECT id::text, t FROM audit_event WHERE act = 'export.create' AND out = 0", fades=True),
    Correspondence("monthly reports", "SELECT id::text, made FROM compliance_monthlyreport",
                   _about("Export", "export.create"), fades=True),
    Correspondence("systems", "SELECT id::text, created FROM circles_system", _about("System", "system.create"),
                   retention="security"),
)  # fmt: skip
