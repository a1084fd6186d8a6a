"""The audit by the clock and as a job; up to when a desk was told what fell due."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hotel", "0104_sell_packages_and_route_charges"),
        ("oms", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeskWatch",
            fields=[
                (
                    "property",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="hotel.property",
                    ),
                ),
                ("told_until", models.DateTimeField()),
            ],
            options={
                "verbose_name": "desk watch",
                "verbose_name_plural": "desk watches",
            },
        ),
        migrations.AddField(
            model_name="auditrun",
            name="job",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="oms.batchjob",
            ),
        ),
        migrations.CreateModel(
            name="AuditPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_on", models.BooleanField(default=False, verbose_name="the audit starts by itself")),
                ("start_time", models.TimeField(default=datetime.time(2, 0), verbose_name="start at")),
                (
                    "notice_times",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TimeField(), blank=True, default=list, size=4, verbose_name="notices at"
                    ),
                ),
                ("noticed_until", models.DateTimeField(null=True)),
                ("told", models.JSONField(default=dict)),
                (
                    "property",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="audit_plan",
                        to="hotel.property",
                        verbose_name="property",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit plan",
                "verbose_name_plural": "audit plans",
            },
        ),
        migrations.CreateModel(
            name="AuditPlanEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("is_on", models.BooleanField(default=False, verbose_name="the audit starts by itself")),
                ("start_time", models.TimeField(default=datetime.time(2, 0), verbose_name="start at")),
                (
                    "notice_times",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TimeField(), blank=True, default=list, size=4, verbose_name="notices at"
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="hotel.auditplan",
                    ),
                ),
                (
                    "property",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="hotel.property",
                        verbose_name="property",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="auditplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("start_time__lt", datetime.time(12, 0)), ("start_time__gte", datetime.time(20, 0)), _connector="OR"
                ),
                name="audit_plan_starts_at_night",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditplan",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "hotel_auditplanevent" ("id", "is_on", "notice_times", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "property_id", "start_time") VALUES (NEW."id", NEW."is_on", NEW."notice_times", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."property_id", NEW."start_time"); RETURN NULL;',
                    hash="f124c49875d89b55b1443751d9dd9ee0e2a5cc92",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_27a26",
                    table="hotel_auditplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditplan",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_on" IS DISTINCT FROM (NEW."is_on") OR OLD."notice_times" IS DISTINCT FROM (NEW."notice_times") OR OLD."property_id" IS DISTINCT FROM (NEW."property_id") OR OLD."start_time" IS DISTINCT FROM (NEW."start_time"))',
                    func='INSERT INTO "hotel_auditplanevent" ("id", "is_on", "notice_times", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "property_id", "start_time") VALUES (NEW."id", NEW."is_on", NEW."notice_times", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."property_id", NEW."start_time"); RETURN NULL;',
                    hash="3e57e41396fdcd69df94c255d1f4dcd1444e1de0",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_732de",
                    table="hotel_auditplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditplan",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "hotel_auditplanevent" ("id", "is_on", "notice_times", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "property_id", "start_time") VALUES (OLD."id", OLD."is_on", OLD."notice_times", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."property_id", OLD."start_time"); RETURN NULL;',
                    hash="e1920cff9a23ce1463f35c82bc1e1f267856057a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_73616",
                    table="hotel_auditplan",
                    when="AFTER",
                ),
            ),
        ),
    ]
