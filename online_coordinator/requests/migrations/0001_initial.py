# mypy: disable-error-code="mutable-override"
import django.db.models.deletion
import online_coordinator.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wallets', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RequestFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('rows', models.PositiveIntegerField()),
                ('imported', models.PositiveBigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Withdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identifier', models.CharField(max_length=64, unique=True)),
                ('asset', models.CharField(max_length=64)),
                ('token', models.CharField(default='', max_length=128)),
                ('decimals', models.PositiveSmallIntegerField()),
                ('amount', online_coordinator.fields.BaseUnitsField()),
                ('destination', models.CharField(max_length=128)),
                ('reference', models.CharField(max_length=256)),
                ('state', models.CharField(db_index=True, default='pending', max_length=16)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='requests.requestfile')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
    ]
