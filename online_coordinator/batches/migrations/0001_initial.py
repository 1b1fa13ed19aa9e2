# mypy: disable-error-code="mutable-override"
import django.db.models.deletion
import online_coordinator.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('appliances', '0001_initial'),
        ('requests', '0001_initial'),
        ('wallets', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, unique=True)),
                ('state', models.CharField(db_index=True, default='built', max_length=16)),
                ('content', models.BinaryField()),
                ('digest', models.CharField(max_length=64)),
                ('created', models.PositiveBigIntegerField()),
                ('appliance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='appliances.appliance')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(max_length=32)),
                ('at', models.PositiveBigIntegerField()),
                ('detail', models.CharField(default='', max_length=256)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='batches.batch')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveBigIntegerField()),
                ('envelope', models.BinaryField()),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('created', models.PositiveBigIntegerField()),
                ('expires', models.PositiveBigIntegerField()),
                ('appliance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='appliances.appliance')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='batches.batch')),
            ],
            options={
                'ordering': ('sequence',),
            },
        ),
        migrations.CreateModel(
            name='Response',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('envelope', models.BinaryField()),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('outcome', models.CharField(max_length=16)),
                ('detail', models.JSONField(default=dict)),
                ('journal_index', models.PositiveBigIntegerField()),
                ('journal_head', models.CharField(max_length=64)),
                ('imported', models.PositiveBigIntegerField()),
                ('export', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='batches.export')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Transaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identifier', models.CharField(max_length=64)),
                ('payload', models.BinaryField()),
                ('digest', models.CharField(max_length=64)),
                ('maximum_fee', online_coordinator.fields.BaseUnitsField()),
                ('reading', models.JSONField(default=dict)),
                ('state', models.CharField(default='unsigned', max_length=16)),
                ('partial', models.BinaryField(null=True)),
                ('raw', models.BinaryField(null=True)),
                ('txid', models.CharField(db_index=True, default='', max_length=66)),
                ('confirmations', models.PositiveIntegerField(default=0)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='batches.batch')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='wallets.wallet')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain', models.CharField(max_length=16)),
                ('network', models.CharField(max_length=64)),
                ('subject', models.CharField(max_length=128)),
                ('position', models.PositiveBigIntegerField()),
                ('held', models.BooleanField(default=True)),
                ('transaction', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='batches.transaction')),
            ],
        ),
        migrations.CreateModel(
            name='Cover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('withdrawal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='requests.withdrawal')),
                ('transaction', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='batches.transaction')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(max_length=16)),
                ('key', models.CharField(max_length=64)),
                ('signature', models.CharField(max_length=128)),
                ('given', models.PositiveBigIntegerField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='batches.batch')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('batch', 'role'), name='one_approval_per_role')],
            },
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.UniqueConstraint(fields=('appliance', 'sequence'), name='sequence_used_once'),
        ),
        migrations.AddConstraint(
            model_name='transaction',
            constraint=models.UniqueConstraint(fields=('batch', 'identifier'), name='one_id_per_batch'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.UniqueConstraint(condition=models.Q(('held', True)), fields=('chain', 'network', 'subject', 'position'), name='held_once'),
        ),
    ]
