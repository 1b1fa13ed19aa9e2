"""Amounts: integers in base units, always with their asset; and the one way to write them."""

from dataclasses import dataclass

from appliance.wire.terms import Chain


@dataclass(frozen=True, slots=True)
class Asset:
    """A native coin (`token` None) or a token contract on one network of one chain.

    `decimals` is None where the token is not pinned: its amounts are shown in base units only.
    """

    chain: Chain
    network: str
    token: str | None
    symbol: str
    decimals: int | None

    @property
    def known(self) -> bool:
        """Whether amounts of this asset mean something to a person."""
        return self.decimals is not None


def native_asset(chain: Chain, network: str) -> Asset:
    """Return the coin that pays a chain's fees."""
    match chain:
        case Chain.BITCOIN:
            return Asset(chain, network, None, "BTC", 8)
        case Chain.ETHEREUM:
            return Asset(chain, network, None, "ETH", 18)
        case Chain.TRON:
            return Asset(chain, network, None, "TRX", 6)
        case Chain.SOLANA:
            return Asset(chain, network, None, "SOL", 9)


def format_amount(amount: int, asset: Asset) -> str:
    """Write an amount for people: `1,234.5 BTC (123450000000)`; base units alone when unknown.

    The integer part has thousands separators, the fraction its significant digits; the base units
    in parentheses are the exact figure, so that nothing is ever rounded away.
    """
    if asset.decimals is None:
        return f"{amount:,} base units of {asset.symbol}"
    return f"{format_decimal(amount, asset.decimals)} {asset.symbol} ({amount:,} base units)"


def format_decimal(amount: int, decimals: int) -> str:
    """Write `amount` base units as an exact decimal with thousands separators."""
    whole, fraction = divmod(amount, 10**decimals)
    digits = f"{fraction:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{whole:,}.{digits}" if digits else f"{whole:,}"
