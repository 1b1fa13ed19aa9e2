"""Showing a registered wallet to software that watches it."""

from appliance.model.text import literal
from appliance.tui.desk import WalletToShow
from appliance.tui.flows.asking import People, ask
from appliance.tui.screens.question import Asking
from appliance.tui.stage import Stage

TOLD = (
    "Other software reads the code and watches the wallet. It cannot sign,",
    "but whoever reads it sees every payment of the wallet.",
)


async def show_wallet(stage: Stage) -> str:
    """Show a wallet's public side until people are done. Return what came of it."""
    wallets = await stage.ask_desk("Reading the registered wallets.", stage.desk.wallets)
    wallet = await _chosen(stage, wallets)
    if wallet is None:
        return "Back without showing a wallet."
    # Half of the time to start would go into what makes codes, which is not needed before.
    from appliance.tui.screens.wallet import WalletCodes  # noqa: PLC0415

    screen = WalletCodes(wallet, stage.fps)
    await stage.show(screen)
    stage.fps = screen.fps
    return f"The wallet {literal(wallet.name)} was shown. Nothing was recorded."


async def _chosen(stage: Stage, wallets: tuple[WalletToShow, ...]) -> WalletToShow | None:
    names = People(tuple(wallet.name for wallet in wallets), {})
    told = (*TOLD, "", *names.listed())
    asking = Asking("Show a wallet", told, "Which wallet? Type its number.", names.check)
    typed = await ask(stage, asking)
    name = None if typed is None else names.numbered(typed)
    return next((wallet for wallet in wallets if wallet.name == name), None)
