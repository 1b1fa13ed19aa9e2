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
            name='WhitelistEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain', models.CharField(max_length=16)),
                ('network', models.CharField(max_length=64)),
                ('address', models.CharField(max_length=128)),
                ('label', models.CharField(max_length=64)),
                ('appliance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='appliances.appliance')),
            ],
            options={
                'ordering': ('chain', 'network', 'label'),
                'constraints': [models.UniqueConstraint(fields=('appliance', 'chain', 'network', 'address'), name='whitelisted_once')],
            },
        ),
    ]
