"""Foreign keys are checked by the statement that writes, not at COMMIT: then nobody waits for a bin meanwhile.

Django makes them deferred. Every writer of these tables writes what is referred to first, so nothing needs that, and
a chunk's thousands of checks would otherwise run after its last statement, which locked the bins.
"""

from django.db import migrations

TABLES = "order orderline orderevent intakemessage apinonce walk warehousedocument"
CHANGE = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
                  WHERE contype = 'f' AND condeferrable AND connamespace = current_schema()::regnamespace
                    AND conrelid IN (SELECT ('orders_' || name)::regclass FROM unnest(string_to_array('{tables}', ' ')) name)
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER CONSTRAINT %I DEFERRABLE INITIALLY {when}', found.place, found.conname);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0102_api_key_limit")]

    operations = [
        migrations.RunSQL(CHANGE.format(tables=TABLES, when="IMMEDIATE"), CHANGE.format(tables=TABLES, when="DEFERRED"))
    ]
