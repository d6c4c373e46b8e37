"""Programs of organisations, what they send, and every state of a care team.

The versions of a team follow the circle's tables by triggers: a service that changes a member cannot forget one.
"""

import django.db.models.deletion
import django.utils.timezone
import oauth2_provider.generators
import oauth2_provider.models
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

VERSIONS = """
-- Writes the next version of a care team when its tables say something else than its present version. Later versions
-- keep what a system has supplied. A compartment is no team of its own: who is in it stays inside.
CREATE FUNCTION circles_careteam_version(about uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    circle public.circles_circle;
    present public.circles_careteamversion;
    said jsonb;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT * INTO circle FROM public.circles_circle WHERE id = about;
    IF NOT FOUND OR circle.kind <> 'care' OR circle.parent_id IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT jsonb_build_object('patient', circle.patient_id, 'state', circle.state, 'members', coalesce(jsonb_agg(
        jsonb_build_object('role_id', m.practitioner_role_id, 'role', m.role, 'start', m.joined, 'end', m.ended,
                           'not_after', m.not_after) ORDER BY m.joined, m.id), '[]'))
        INTO said FROM public.circles_member AS m WHERE m.circle_id = about;
    SELECT * INTO present FROM public.circles_careteamversion WHERE team = about AND until IS NULL FOR UPDATE;
    IF present.facts = said THEN
        RETURN;
    END IF;
    UPDATE public.circles_careteamversion SET until = moment WHERE id = present.id;
    INSERT INTO public.circles_careteamversion (team, version, at, status, started, ended, facts, content_id)
        VALUES (about, coalesce(present.version, 0) + 1, moment,
                CASE circle.state WHEN 'open' THEN 'active' ELSE 'inactive' END,
                coalesce(present.started, circle.opened),
                CASE circle.state WHEN 'open' THEN NULL ELSE coalesce(present.ended, moment) END,
                said, present.content_id);
END $$;

-- Deferred: one version for all that a transaction changes.
CREATE FUNCTION circles_careteam_follows() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.circles_careteam_version((to_jsonb(NEW) ->> TG_ARGV[0])::uuid);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER careteam_follows AFTER INSERT OR UPDATE ON circles_member
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION circles_careteam_follows('circle_id');
CREATE CONSTRAINT TRIGGER careteam_follows AFTER INSERT OR UPDATE OF state, patient_id ON circles_circle
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION circles_careteam_follows('id');

SELECT circles_careteam_version(id) FROM circles_circle;
"""
NO_VERSIONS = """
DROP TRIGGER careteam_follows ON circles_member;
DROP TRIGGER careteam_follows ON circles_circle;
DROP FUNCTION circles_careteam_follows;
DROP FUNCTION circles_careteam_version;
"""
# Table → beginning of the acts that account for a change, what they are about, the column that says which one.
TRACED = {
    "circles_system": ("system.", "System", "id"),
    "circles_supplied": ("careteam.", "Supplied", "id"),
    "circles_careteamcontent": ("careteam.", "Circle", "team"),
    "circles_proposal": ("", "Circle", "team"),
}


class Migration(migrations.Migration):
    dependencies = [
        ("circles", "0006_notice"),
        ("directory", "0002_attest"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    run_before = [("oauth2_provider", "0001_initial")]  # its tables point at ours, which it does not say

    operations = [
        migrations.CreateModel(
            name="System",
            fields=[
                (
                    "client_id",
                    models.CharField(
                        db_index=True,
                        default=oauth2_provider.generators.generate_client_id,
                        max_length=255,
                        unique=True,
                        verbose_name="client ID",
                    ),
                ),
                (
                    "redirect_uris",
                    models.TextField(
                        blank=True, help_text="Allowed URIs list, space separated", verbose_name="redirect URIs"
                    ),
                ),
                (
                    "post_logout_redirect_uris",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed Post Logout URIs list, space separated",
                        verbose_name="post logout redirect URIs",
                    ),
                ),
                (
                    "client_type",
                    models.CharField(
                        choices=[("confidential", "Confidential"), ("public", "Public")],
                        max_length=32,
                        verbose_name="client type",
                    ),
                ),
                (
                    "authorization_grant_type",
                    models.CharField(
                        choices=[
                            ("authorization-code", "Authorization code"),
                            ("urn:ietf:params:oauth:grant-type:device_code", "Device Code"),
                            ("implicit", "Implicit"),
                            ("password", "Resource owner password-based"),
                            ("client-credentials", "Client credentials"),
                            ("openid-hybrid", "OpenID connect hybrid"),
                        ],
                        max_length=44,
                        verbose_name="authorization grant type",
                    ),
                ),
                (
                    "client_secret",
                    oauth2_provider.models.ClientSecretField(
                        blank=True,
                        db_index=True,
                        default=oauth2_provider.generators.generate_client_secret,
                        help_text="Client secret for authentication",
                        max_length=255,
                        verbose_name="client secret",
                    ),
                ),
                ("hash_client_secret", models.BooleanField(default=True, verbose_name="hash client secret")),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("skip_authorization", models.BooleanField(default=False, verbose_name="skip authorization")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "algorithm",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No OIDC support"),
                            ("RS256", "RSA with SHA-2 256"),
                            ("HS256", "HMAC with SHA-2 256"),
                        ],
                        default="",
                        max_length=5,
                        verbose_name="algorithm",
                    ),
                ),
                (
                    "allowed_origins",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed origins list to enable CORS, space separated",
                        verbose_name="allowed origins",
                    ),
                ),
                (
                    "registration_source",
                    models.CharField(
                        choices=[
                            ("manual", "Manual"),
                            ("dcr", "Dynamic Client Registration"),
                            ("cimd", "Client ID Metadata Document"),
                        ],
                        default="manual",
                        help_text="How this application was registered (manual, DCR per RFC 7591, or CIMD)",
                        max_length=32,
                        verbose_name="registration source",
                    ),
                ),
                (
                    "cimd_expires_at",
                    models.DateTimeField(
                        blank=True,
                        default=None,
                        help_text="When the cached Client ID Metadata Document should be re-fetched",
                        null=True,
                        verbose_name="CIMD expires at",
                    ),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("ended", models.DateTimeField(null=True)),
                (
                    "coordinator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="systems", to="directory.organization"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Supplied",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_version", models.PositiveSmallIntegerField()),
                ("sealed", models.BinaryField()),
                ("identifier_index", models.BinaryField(max_length=32, null=True)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("Patient", "Patient"),
                            ("RelatedPerson", "Related Person"),
                            ("Organization", "Organization"),
                        ],
                        max_length=16,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("updated", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organization"
                    ),
                ),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("open", "Open"), ("member", "Member"), ("close", "Close")], max_length=8
                    ),
                ),
                ("team", models.UUIDField(db_index=True)),
                ("not_after", models.DateTimeField(null=True)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("settled", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(blank=True, choices=[("done", "Done"), ("dismissed", "Dismissed")], max_length=12),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.organization"
                    ),
                ),
                (
                    "practitioner_role",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.practitionerrole",
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="circles.supplied"
                    ),
                ),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CareTeamContent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key_version", models.PositiveSmallIntegerField()),
                ("sealed", models.BinaryField()),
                ("identifier_index", models.BinaryField(max_length=32, null=True)),
                ("created", models.DateTimeField(default=django.utils.timezone.now)),
                ("team", models.UUIDField()),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CareTeamVersion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("team", models.UUIDField()),
                ("version", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "Proposed"), ("active", "Active"), ("inactive", "Inactive")], max_length=8
                    ),
                ),
                ("started", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
                ("facts", models.JSONField(null=True)),
                (
                    "content",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="circles.careteamcontent",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("until", None)), fields=["-at", "team"], name="circles_careteam_newest"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("team", "version"), name="circles_careteam_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("team",), name="circles_careteam_one_present"
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="supplied",
            index=models.Index(fields=["organization", "identifier_index"], name="circles_supplied_ident"),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(condition=models.Q(("settled", None)), fields=["to"], name="circles_proposal_mine"),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(
                condition=models.Q(("kind", "open")), fields=["organization"], name="circles_proposal_own"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "open"), ("practitioner_role", None), ("to__isnull", False)),
                    models.Q(("kind", "member"), ("patient", None), ("practitioner_role__isnull", False)),
                    models.Q(("kind", "close"), ("patient", None), ("practitioner_role", None)),
                    _connector="OR",
                ),
                name="circles_proposal_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", ""), ("settled", None)),
                    models.Q(models.Q(("settled__isnull", False)), models.Q(("outcome", ""), _negated=True)),
                    _connector="OR",
                ),
                name="circles_proposal_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "member"), ("settled", None)),
                fields=("team", "practitioner_role"),
                name="circles_proposal_member_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled", None), models.Q(("kind", "member"), _negated=True)),
                fields=("team", "kind"),
                name="circles_proposal_kind_once",
            ),
        ),
        migrations.AddIndex(
            model_name="careteamcontent",
            index=models.Index(fields=["identifier_index"], name="circles_careteam_ident"),
        ),
        migrations.RunSQL(VERSIONS, NO_VERSIONS),
        *(
            migrations.RunSQL(
                f"""
                CREATE CONSTRAINT TRIGGER traced AFTER INSERT OR UPDATE OR DELETE ON {table}
                    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                    EXECUTE FUNCTION audit_required('{acts}', '{subject}', '{column}')
                """,
                f"DROP TRIGGER traced ON {table}",
            )
            for table, (acts, subject, column) in TRACED.items()
        ),
    ]
