"""What Django's models can't say: append-only ledgers and traces, closed business dates, room for in-page updates."""

from django.db import migrations

LEDGERS = """
CREATE TRIGGER folio_entry_append_only BEFORE UPDATE OR DELETE ON hotel_folioentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER member_entry_append_only BEFORE UPDATE OR DELETE ON hotel_memberentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER desk_trace_append_only BEFORE UPDATE OR DELETE ON hotel_desktrace
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

-- A business date takes entries only while it is the property's. One look per statement and property, not per row;
-- the share lock makes the night audit's roll wait for whoever is posting, so nothing lands on a date just closed.
CREATE FUNCTION refuse_closed_date() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE day record;
BEGIN
    FOR day IN
        SELECT e.business_date AS posted, p.business_date AS today
          FROM (SELECT DISTINCT property_id, business_date FROM fresh) e
          JOIN hotel_property p ON p.id = e.property_id
         ORDER BY p.id FOR SHARE OF p
    LOOP
        IF day.posted <> day.today THEN
            RAISE EXCEPTION 'business date % is not open (today is %)', day.posted, day.today
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'folio_entry_open_date';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER folio_entry_open_date AFTER INSERT ON hotel_folioentry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_date();

ALTER TABLE hotel_room SET (fillfactor = 70);
ALTER TABLE hotel_availability SET (fillfactor = 50);
"""
UNDO = """
ALTER TABLE hotel_availability RESET (fillfactor);
ALTER TABLE hotel_room RESET (fillfactor);
DROP TRIGGER folio_entry_open_date ON hotel_folioentry;
DROP FUNCTION refuse_closed_date();
DROP TRIGGER desk_trace_append_only ON hotel_desktrace;
DROP TRIGGER member_entry_append_only ON hotel_memberentry;
DROP TRIGGER folio_entry_append_only ON hotel_folioentry;
"""


class Migration(migrations.Migration):
    dependencies = [("hotel", "0001_initial"), ("inventory", "0100_tables")]
    operations = [migrations.RunSQL(LEDGERS, UNDO)]
