"""Packages of rate plans and stays, routing rules; breakfasts that were only counted become package items."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

UNUSED = """
ALTER TABLE hotel_rateplan ALTER COLUMN breakfasts SET DEFAULT 0;
ALTER TABLE hotel_rateplanevent ALTER COLUMN breakfasts SET DEFAULT 0;
"""
USED = """
ALTER TABLE hotel_rateplanevent ALTER COLUMN breakfasts DROP DEFAULT;
ALTER TABLE hotel_rateplan ALTER COLUMN breakfasts DROP DEFAULT;
"""
# Breakfasts a day were a number without a price: where the house has a priced food code (BF first), they become an
# included item of the plan and of its stays that are not over, at that price for the room.
CARRY_OVER = """
INSERT INTO hotel_packageitem (rate_plan_id, charge_code_id, text, price, per, nights, is_included, is_next_morning)
SELECT p.id, c.id, '', c.price * p.breakfasts, 'room', 'every', true, true
  FROM hotel_rateplan p
  JOIN LATERAL (SELECT * FROM hotel_chargecode c WHERE c.property_id = p.property_id AND c.department = 'food'
                   AND c.is_active AND c.price > 0 ORDER BY c.code <> 'BF', c.code LIMIT 1) c ON true
 WHERE p.breakfasts > 0;
INSERT INTO hotel_staypackage (stay_id, charge_code_id, text, price, per, nights, is_included, is_next_morning)
SELECT s.id, i.charge_code_id, i.text, i.price, i.per, i.nights, i.is_included, i.is_next_morning
  FROM hotel_packageitem i JOIN hotel_stay s ON s.rate_plan_id = i.rate_plan_id
 WHERE s.status IN ('tentative', 'confirmed', 'in_house', 'waitlisted') AND NOT s.is_day_use;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("hotel", "0103_find_a_name_at_once"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChargeRoute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("all", "Everything"),
                            ("department", "A department"),
                            ("package", "Packages"),
                            ("code", "A charge code"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "department",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("room", "Rooms"),
                            ("food", "Food and beverage"),
                            ("minibar", "Minibar"),
                            ("shop", "Shop"),
                            ("phone", "Telephone"),
                            ("laundry", "Laundry"),
                            ("other", "Other"),
                            ("fee", "Fees"),
                        ],
                        max_length=10,
                    ),
                ),
                ("from_on", models.DateField(null=True)),
                ("until_on", models.DateField(null=True)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "routing rule",
                "verbose_name_plural": "routing rules",
            },
        ),
        migrations.CreateModel(
            name="DailyRevenue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField()),
                (
                    "department",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("room", "Rooms"),
                            ("food", "Food and beverage"),
                            ("minibar", "Minibar"),
                            ("shop", "Shop"),
                            ("phone", "Telephone"),
                            ("laundry", "Laundry"),
                            ("other", "Other"),
                            ("fee", "Fees"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14)),
                ("packages", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
            ],
            options={
                "verbose_name": "daily revenue",
                "verbose_name_plural": "daily revenue",
            },
        ),
        migrations.CreateModel(
            name="PackageCharge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "package charge",
                "verbose_name_plural": "package charges",
            },
        ),
        migrations.CreateModel(
            name="PackageItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(blank=True, max_length=60, verbose_name="name on bills")),
                ("price", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="price")),
                (
                    "per",
                    models.CharField(
                        choices=[("person", "each person"), ("adult", "each adult"), ("room", "the room")],
                        default="person",
                        max_length=8,
                        verbose_name="for",
                    ),
                ),
                (
                    "nights",
                    models.CharField(
                        choices=[
                            ("every", "every night"),
                            ("first", "the first night"),
                            ("last", "the last night"),
                            ("after", "every night but the first"),
                        ],
                        default="every",
                        max_length=8,
                        verbose_name="nights",
                    ),
                ),
                ("is_included", models.BooleanField(default=True, verbose_name="included in the room price")),
                ("is_next_morning", models.BooleanField(default=False, verbose_name="consumed the next morning")),
            ],
            options={
                "verbose_name": "package item",
                "verbose_name_plural": "package items",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PackageItemEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("text", models.CharField(blank=True, max_length=60, verbose_name="name on bills")),
                ("price", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="price")),
                (
                    "per",
                    models.CharField(
                        choices=[("person", "each person"), ("adult", "each adult"), ("room", "the room")],
                        default="person",
                        max_length=8,
                        verbose_name="for",
                    ),
                ),
                (
                    "nights",
                    models.CharField(
                        choices=[
                            ("every", "every night"),
                            ("first", "the first night"),
                            ("last", "the last night"),
                            ("after", "every night but the first"),
                        ],
                        default="every",
                        max_length=8,
                        verbose_name="nights",
                    ),
                ),
                ("is_included", models.BooleanField(default=True, verbose_name="included in the room price")),
                ("is_next_morning", models.BooleanField(default=False, verbose_name="consumed the next morning")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StayPackage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(blank=True, max_length=60, verbose_name="name on bills")),
                ("price", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="price")),
                (
                    "per",
                    models.CharField(
                        choices=[("person", "each person"), ("adult", "each adult"), ("room", "the room")],
                        default="person",
                        max_length=8,
                        verbose_name="for",
                    ),
                ),
                (
                    "nights",
                    models.CharField(
                        choices=[
                            ("every", "every night"),
                            ("first", "the first night"),
                            ("last", "the last night"),
                            ("after", "every night but the first"),
                        ],
                        default="every",
                        max_length=8,
                        verbose_name="nights",
                    ),
                ),
                ("is_included", models.BooleanField(default=True, verbose_name="included in the room price")),
                ("is_next_morning", models.BooleanField(default=False, verbose_name="consumed the next morning")),
            ],
            options={
                "verbose_name": "package of a stay",
                "verbose_name_plural": "packages of stays",
                "abstract": False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="rateplan",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="rateplan",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="rateplan",
            name="delete_delete",
        ),
        # The column stays for servers that still run the release before; nothing reads or writes it any more.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(UNUSED, USED)],
            state_operations=[
                migrations.RemoveField(model_name="rateplan", name="breakfasts"),
                migrations.RemoveField(model_name="rateplanevent", name="breakfasts"),
            ],
        ),
        migrations.AddField(
            model_name="folioentry",
            name="stay",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="routed_entries",
                to="hotel.stay",
            ),
        ),
        migrations.AddIndex(
            model_name="folioentry",
            index=models.Index(condition=models.Q(("stay__isnull", False)), fields=["stay"], name="folio_entry_routed"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rateplan",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "hotel_rateplanevent" ("cancellation_rule_id", "code", "deposit_nights", "id", "is_active", "is_member_priced", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "property_id") VALUES (NEW."cancellation_rule_id", NEW."code", NEW."deposit_nights", NEW."id", NEW."is_active", NEW."is_member_priced", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."property_id"); RETURN NULL;',
                    hash="d22ca98c8523fc8dae737a9145428302b75b47fc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_aeb78",
                    table="hotel_rateplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rateplan",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "hotel_rateplanevent" ("cancellation_rule_id", "code", "deposit_nights", "id", "is_active", "is_member_priced", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "property_id") VALUES (NEW."cancellation_rule_id", NEW."code", NEW."deposit_nights", NEW."id", NEW."is_active", NEW."is_member_priced", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."property_id"); RETURN NULL;',
                    hash="2cf4d09e48b52e0c7923eaf4338944b8b20e2659",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a0763",
                    table="hotel_rateplan",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rateplan",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "hotel_rateplanevent" ("cancellation_rule_id", "code", "deposit_nights", "id", "is_active", "is_member_priced", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "property_id") VALUES (OLD."cancellation_rule_id", OLD."code", OLD."deposit_nights", OLD."id", OLD."is_active", OLD."is_member_priced", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position", OLD."property_id"); RETURN NULL;',
                    hash="8a85404e41d97baa4acedf043c1a2c3ec4a37c28",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_bfffe",
                    table="hotel_rateplan",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="chargeroute",
            name="charge_code",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="hotel.chargecode",
            ),
        ),
        migrations.AddField(
            model_name="chargeroute",
            name="folio",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="charge_routes", to="hotel.folio"
            ),
        ),
        migrations.AddField(
            model_name="chargeroute",
            name="made_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="chargeroute",
            name="stay",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="charge_routes",
                to="hotel.stay",
            ),
        ),
        migrations.AddField(
            model_name="dailyrevenue",
            name="property",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revenues",
                to="hotel.property",
            ),
        ),
        migrations.AddField(
            model_name="packagecharge",
            name="entry",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="package_charge", to="hotel.folioentry"
            ),
        ),
        migrations.AddField(
            model_name="packagecharge",
            name="night",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="package_charges",
                to="hotel.roomnight",
            ),
        ),
        migrations.AddField(
            model_name="packageitem",
            name="charge_code",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="hotel.chargecode",
                verbose_name="charge code",
            ),
        ),
        migrations.AddField(
            model_name="packageitem",
            name="rate_plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="package_items", to="hotel.rateplan"
            ),
        ),
        migrations.AddField(
            model_name="packageitemevent",
            name="charge_code",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="hotel.chargecode",
                verbose_name="charge code",
            ),
        ),
        migrations.AddField(
            model_name="packageitemevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="packageitemevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="hotel.packageitem",
            ),
        ),
        migrations.AddField(
            model_name="packageitemevent",
            name="rate_plan",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="hotel.rateplan",
            ),
        ),
        migrations.AddField(
            model_name="staypackage",
            name="charge_code",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="hotel.chargecode",
                verbose_name="charge code",
            ),
        ),
        migrations.AddField(
            model_name="staypackage",
            name="stay",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="packages", to="hotel.stay"
            ),
        ),
        migrations.AddField(
            model_name="packagecharge",
            name="item",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="charges",
                to="hotel.staypackage",
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeroute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("charge_code", None), ("department", ""), ("kind__in", ["all", "package"])),
                    models.Q(
                        ("charge_code", None), ("kind", "department"), models.Q(("department", ""), _negated=True)
                    ),
                    models.Q(("charge_code__isnull", False), ("department", ""), ("kind", "code")),
                    _connector="OR",
                ),
                name="charge_route_kind_fits",
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeroute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("from_on", None), ("until_on", None), ("until_on__gte", models.F("from_on")), _connector="OR"
                ),
                name="charge_route_dates_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeroute",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("stay", "kind", "department", "charge_code"),
                name="charge_route_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="dailyrevenue",
            constraint=models.UniqueConstraint(fields=("property", "date", "department"), name="daily_revenue_once"),
        ),
        migrations.AddConstraint(
            model_name="packageitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("per__in", ["person", "adult", "room"])), name="packageitem_per_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="packageitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("nights__in", ["every", "first", "last", "after"])), name="packageitem_nights_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="packageitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gte", 0)), name="packageitem_price_not_negative"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="packageitem",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "hotel_packageitemevent" ("charge_code_id", "id", "is_included", "is_next_morning", "nights", "per", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "rate_plan_id", "text") VALUES (NEW."charge_code_id", NEW."id", NEW."is_included", NEW."is_next_morning", NEW."nights", NEW."per", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."price", NEW."rate_plan_id", NEW."text"); RETURN NULL;',
                    hash="a1aa73c4ab2a210c6b130fd3a4c06e6d50bc557a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_230e3",
                    table="hotel_packageitem",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="packageitem",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "hotel_packageitemevent" ("charge_code_id", "id", "is_included", "is_next_morning", "nights", "per", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "rate_plan_id", "text") VALUES (NEW."charge_code_id", NEW."id", NEW."is_included", NEW."is_next_morning", NEW."nights", NEW."per", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."price", NEW."rate_plan_id", NEW."text"); RETURN NULL;',
                    hash="abfc02dcdb61bc38cc835c84220fe9f70473b82b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cea7e",
                    table="hotel_packageitem",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="packageitem",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "hotel_packageitemevent" ("charge_code_id", "id", "is_included", "is_next_morning", "nights", "per", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "rate_plan_id", "text") VALUES (OLD."charge_code_id", OLD."id", OLD."is_included", OLD."is_next_morning", OLD."nights", OLD."per", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."price", OLD."rate_plan_id", OLD."text"); RETURN NULL;',
                    hash="c3bb3cc71f4e5a2e1e2697397f38c05cad65c864",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_d7272",
                    table="hotel_packageitem",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="staypackage",
            constraint=models.CheckConstraint(
                condition=models.Q(("per__in", ["person", "adult", "room"])), name="staypackage_per_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="staypackage",
            constraint=models.CheckConstraint(
                condition=models.Q(("nights__in", ["every", "first", "last", "after"])), name="staypackage_nights_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="staypackage",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gte", 0)), name="staypackage_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="packagecharge",
            constraint=models.UniqueConstraint(fields=("night", "item"), name="package_charge_once_per_night"),
        ),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
    ]
