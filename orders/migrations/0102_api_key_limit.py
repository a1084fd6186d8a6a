import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0101_document_wish")]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="per_minute",
            field=models.PositiveIntegerField(
                default=6000,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(10000000),
                ],
                verbose_name="requests a minute",
            ),
        ),
    ]
