"""Whose a token account is: told by deriving the accounts of everybody who is listed."""

from appliance.chains.solana.derivation import associated_token_account


class Owners:
    """Listed addresses, and the associated token accounts that they own.

    The accounts of a token are derived once, when the first of its transfers asks for them, at the
    cost of about two points of the curve for each address. So only tokens that are pinned may be
    asked about: there is no end to the others.
    """

    __slots__ = ("_addresses", "_by_account")

    def __init__(self, addresses: frozenset[bytes]) -> None:
        """List addresses, of owners or of token accounts themselves."""
        self._addresses = addresses
        self._by_account: dict[tuple[bytes, bytes], dict[bytes, bytes]] = {}

    def lists(self, address: bytes) -> bool:
        """Return whether this very address is listed."""
        return address in self._addresses

    def owner_of(self, account: bytes, mint: bytes, token_program: bytes) -> bytes | None:
        """Return the listed address whose associated token account this is."""
        token = mint, token_program
        if token not in self._by_account:
            derive = associated_token_account.__wrapped__
            self._by_account[token] = {derive(each, *token): each for each in self._addresses}
        return self._by_account[token].get(account)
