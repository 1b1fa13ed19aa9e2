"""The terminal's desk shows the registered wallets of a founded appliance."""

from appliance.processes.desk import ApplianceDesk
from appliance.wallet_export.export import shown
from appliance.wallet_export.resources import Resource
from appliance.wire.public_message import UniformResource
from tests.appliance.processes.conftest import Device


def test_every_registered_wallet_can_be_shown(device: Device, desk: ApplianceDesk) -> None:
    accounts = device.genesis.manifest.accounts
    wallets = desk.wallets()
    assert [wallet.name for wallet in wallets] == [account.name for account in accounts]
    for wallet, account in zip(wallets, accounts, strict=True):
        assert [code.title for code in wallet.codes] == [each.title for each in shown(account)]
        said = [_text(code.content) for code in wallet.codes]
        assert said == [each.text for each in shown(account)]


def _text(content: UniformResource | str) -> str:
    if isinstance(content, str):
        return content
    return Resource("", content.type, content.body).text
