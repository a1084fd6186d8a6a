"""Entries are only ever added, except that an erased guest's words leave them, as they leave traces."""

from django.db import migrations

RULES = """
-- The columns named may change while a guest is erased; sums, dates and whose hand it was never do.
CREATE FUNCTION refuse_change_but_of_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('oms.erasing', true) = 'on'
       AND to_jsonb(NEW) - TG_ARGV::text[] = to_jsonb(OLD) - TG_ARGV::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER folio_entry_append_only ON hotel_folioentry;
CREATE TRIGGER folio_entry_append_only BEFORE UPDATE OR DELETE ON hotel_folioentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change_but_of_words('text', 'reference', 'reason');
DROP TRIGGER member_entry_append_only ON hotel_memberentry;
CREATE TRIGGER member_entry_append_only BEFORE UPDATE OR DELETE ON hotel_memberentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change_but_of_words('note');
DROP TRIGGER desk_trace_append_only ON hotel_desktrace;
CREATE TRIGGER desk_trace_append_only BEFORE UPDATE OR DELETE ON hotel_desktrace
    FOR EACH ROW EXECUTE FUNCTION refuse_change_but_of_words('reference', 'reason', 'data');
DROP FUNCTION refuse_trace_change();
"""
UNDO = """
CREATE FUNCTION refuse_trace_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('oms.erasing', true) = 'on'
       AND to_jsonb(NEW) - '{reference,reason,data}'::text[] = to_jsonb(OLD) - '{reference,reason,data}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER desk_trace_append_only ON hotel_desktrace;
CREATE TRIGGER desk_trace_append_only BEFORE UPDATE OR DELETE ON hotel_desktrace
    FOR EACH ROW EXECUTE FUNCTION refuse_trace_change();
DROP TRIGGER member_entry_append_only ON hotel_memberentry;
CREATE TRIGGER member_entry_append_only BEFORE UPDATE OR DELETE ON hotel_memberentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
DROP TRIGGER folio_entry_append_only ON hotel_folioentry;
CREATE TRIGGER folio_entry_append_only BEFORE UPDATE OR DELETE ON hotel_folioentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
DROP FUNCTION refuse_change_but_of_words();
"""


class Migration(migrations.Migration):
    dependencies = [("hotel", "0106_settle_debts_by_payments")]
    operations = [migrations.RunSQL(RULES, UNDO)]
