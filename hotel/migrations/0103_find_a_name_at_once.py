"""A name just registered is in the index's tree, not in a list that every search reads through until vacuum comes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("hotel", "0102_remember_what_guests_leave_and_borrow")]
    operations = [
        migrations.RunSQL(
            "ALTER INDEX guest_by_name_key SET (fastupdate = off)", "ALTER INDEX guest_by_name_key RESET (fastupdate)"
        )
    ]
