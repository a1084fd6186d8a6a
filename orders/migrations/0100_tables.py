"""What Django's models can't say: append-only event log, room for in-page updates on hot rows."""

from django.db import migrations

LOG = """
CREATE TRIGGER order_event_append_only BEFORE UPDATE OR DELETE ON orders_orderevent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
ALTER TABLE orders_order SET (fillfactor = 50);
"""
UNDO = """
ALTER TABLE orders_order RESET (fillfactor);
DROP TRIGGER order_event_append_only ON orders_orderevent;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("inventory", "0100_tables")]
    operations = [migrations.RunSQL(LOG, UNDO)]
