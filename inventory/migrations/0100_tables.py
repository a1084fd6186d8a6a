"""What Django's models can't say: append-only ledger, room for in-page updates on hot rows."""

from django.db import migrations

LEDGER = """
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER movement_append_only BEFORE UPDATE OR DELETE ON inventory_movement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER bin_never_deleted BEFORE DELETE ON inventory_bin
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
ALTER TABLE inventory_bin SET (fillfactor = 50);
"""
UNDO = """
ALTER TABLE inventory_bin RESET (fillfactor);
DROP TRIGGER bin_never_deleted ON inventory_bin;
DROP TRIGGER movement_append_only ON inventory_movement;
DROP FUNCTION refuse_ledger_change();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]
    operations = [migrations.RunSQL(LEDGER, UNDO)]
