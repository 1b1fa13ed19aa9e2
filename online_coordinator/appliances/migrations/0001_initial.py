# mypy: disable-error-code="mutable-override"
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Appliance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.CharField(max_length=32, unique=True)),
                ('genesis_digest', models.CharField(max_length=64, unique=True)),
                ('realm', models.CharField(max_length=16)),
                ('attestation_key', models.CharField(max_length=66)),
                ('announcement', models.BinaryField()),
                ('next_sequence', models.PositiveBigIntegerField(default=0)),
                ('last_response', models.CharField(default='', max_length=64)),
                ('registered', models.PositiveBigIntegerField()),
            ],
            options={
                'ordering': ('registered', 'identity'),
            },
        ),
    ]
