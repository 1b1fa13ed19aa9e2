# mypy: disable-error-code="mutable-override"
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Operator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64)),
                ('role', models.CharField(max_length=16)),
                ('key', models.CharField(max_length=64, unique=True)),
            ],
            options={
                'ordering': ('role', 'name'),
            },
        ),
    ]
