# mypy: disable-error-code="mutable-override"
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('appliances', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Wallet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, unique=True)),
                ('chain', models.CharField(max_length=16)),
                ('network', models.CharField(max_length=64)),
                ('account', models.BinaryField()),
                ('appliance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='appliances.appliance')),
            ],
            options={
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='PinnedToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain', models.CharField(max_length=16)),
                ('network', models.CharField(max_length=64)),
                ('contract', models.CharField(max_length=128)),
                ('symbol', models.CharField(max_length=64)),
                ('decimals', models.PositiveSmallIntegerField()),
                ('appliance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='appliances.appliance')),
            ],
            options={
                'ordering': ('chain', 'network', 'symbol'),
                'constraints': [models.UniqueConstraint(fields=('appliance', 'chain', 'network', 'contract'), name='token_pinned_once')],
            },
        ),
    ]
