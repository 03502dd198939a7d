from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0013_report_cards_and_late_visits")]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="terms",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
    ]
