"""The standing rules of an appliance as the context of `appliance inspect` (JSON)."""

from typing import Any

from appliance.wire.epochs import (
    Account,
    AssetLimit,
    BitcoinAccount,
    BitcoinFees,
    EthereumAccount,
    EthereumFees,
    Genesis,
    Policy,
    SolanaAccount,
    TronAccount,
)
from appliance.wire.terms import Chain
from online_coordinator.clock import iso_time

PPM_DIGITS = 6


def context_of(genesis: Genesis, now: int) -> dict[str, Any]:
    """Return the context that a batch for this appliance is read in."""
    return {
        "time": iso_time(now),
        "accounts": [account_context(account) for account in genesis.manifest.accounts],
        "tokens": [
            {
                **_where(token.chain, token.network),
                "contract": token.contract,
                "symbol": token.symbol,
                "decimals": token.decimals,
            }
            for token in genesis.tokens.tokens
        ],
        "whitelist": [
            {**_where(entry.chain, entry.network), "address": entry.address, "label": entry.label}
            for entry in genesis.whitelist.entries
        ],
        "policy": _policy(genesis.policy),
    }


def account_context(account: Account) -> dict[str, Any]:
    """Return one account. No next nonce is stated: the station has no record of earlier ones."""
    match account:
        case BitcoinAccount(name=name, network=network, pairs=pairs, range_end=end):
            descriptors = [{"receive": pair.receive, "change": pair.change} for pair in pairs]
            return {
                "name": name,
                **_where(Chain.BITCOIN, network),
                "descriptors": descriptors,
                **({"range": [0, end]} if end else {}),
            }
        case EthereumAccount(name=name, network=network, address=address):
            return {"name": name, **_where(Chain.ETHEREUM, network), "address": address}
        case TronAccount(name=name, network=network, address=address, permission_id=permission):
            return {
                "name": name,
                **_where(Chain.TRON, network),
                "address": address,
                "permission_id": permission,
            }
        case SolanaAccount(name=name, network=network, address=address, nonce_accounts=own):
            return {
                "name": name,
                **_where(Chain.SOLANA, network),
                "address": address,
                "nonce_accounts": list(own),
            }


def _where(chain: Chain, network: str) -> dict[str, Any]:
    match chain:
        case Chain.BITCOIN | Chain.TRON | Chain.SOLANA:
            return {"chain": chain.value, "network": network}
        case Chain.ETHEREUM:
            return {"chain": chain.value, "chain_id": int(network)}


def _policy(policy: Policy) -> dict[str, Any]:
    fees: dict[str, Any] = {}
    if policy.bitcoin_fees is not None:
        fees["bitcoin"] = _bitcoin_fees(policy.bitcoin_fees)
    if policy.ethereum_fees is not None:
        fees["ethereum"] = _ethereum_fees(policy.ethereum_fees)
    if policy.tron_fees is not None:
        fees["tron"] = _stated("max_fee_limit", policy.tron_fees.max_fee_limit)
    if policy.solana_fees is not None:
        fees["solana"] = _stated("max_priority_fee", policy.solana_fees.max_priority_fee)
    return {
        "require_whitelist": policy.require_whitelist,
        "allow_data_outputs": policy.allow_data_outputs,
        "limits": [_limit(limit) for limit in policy.limits],
        "fees": fees,
    }


def _stated(name: str, amount: int | None) -> dict[str, str]:
    return {} if amount is None else {name: str(amount)}


def _limit(limit: AssetLimit) -> dict[str, str]:
    chain = {"chain": limit.chain.value} if limit.chain else {}
    return {"asset": limit.asset, **chain, "per_transaction": str(limit.per_transaction)}


def _bitcoin_fees(fees: BitcoinFees) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if fees.max_rate_sat_vb is not None:
        context["max_rate_sat_vb"] = fees.max_rate_sat_vb
    if fees.max_fraction_ppm is not None:
        whole, millionths = divmod(fees.max_fraction_ppm, 10**PPM_DIGITS)
        context["max_fraction"] = f"{whole}.{millionths:0{PPM_DIGITS}d}"
    return context


def _ethereum_fees(fees: EthereumFees) -> dict[str, Any]:
    context: dict[str, Any] = {}
    if fees.max_fee_per_gas is not None:
        context["max_fee_per_gas"] = str(fees.max_fee_per_gas)
    if fees.max_gas_limit is not None:
        context["max_gas_limit"] = fees.max_gas_limit
    return context
