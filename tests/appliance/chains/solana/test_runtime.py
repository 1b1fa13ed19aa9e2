"""What clears does on a real runtime what was read, and costs what was read."""

import pytest
from solders.account import Account
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import (
    CreateAccountParams,
    InitializeNonceAccountParams,
    create_account,
    initialize_nonce_account,
)
from solders.token.state import Mint, TokenAccount, TokenAccountState
from solders.transaction import VersionedTransaction
from solders.transaction_metadata import TransactionMetadata

from tests.appliance.chains.solana import world
from tests.appliance.chains.solana.world import (
    CLIENT,
    MEMO_1,
    NONCE,
    PAYER,
    SOL,
    SYSTEM,
    TOKEN,
    USDC,
    advance,
    budget,
    decode,
    memo,
    pay,
    pay_token,
    token_account,
)

OWN_KEY, NONCE_KEY = (Keypair.from_seed(bytes([number]) * 32) for number in (1, 4))

PRICE_ALONE = budget(0, 10**6)[1]
"""A price without a limit, of which the cost is only known to be bounded."""


@pytest.fixture
def chain() -> LiteSVM:
    svm = LiteSVM()
    svm.airdrop(PAYER, 10 * SOL)
    svm.airdrop(CLIENT, SOL)
    return svm


def send(chain: LiteSVM, *instructions: Instruction, blockhash: Hash | None = None) -> object:
    """Decode, which has to clear; then sign and send."""
    used = blockhash or chain.latest_blockhash()
    message = Message.new_with_blockhash(list(instructions), PAYER, used)
    decoded = decode(bytes(message))
    assert decoded.findings == ()
    before = chain.get_balance(PAYER) or 0
    result = chain.send_transaction(VersionedTransaction(message, [OWN_KEY]))
    if isinstance(result, TransactionMetadata):
        paid = sum(each.amount for each in decoded.transfers if each.asset.token is None)
        cost = before - (chain.get_balance(PAYER) or 0) - paid
        assert cost <= decoded.fee.maximum
        assert cost == decoded.fee.maximum or instructions[0] == PRICE_ALONE
    return result


def test_a_transfer_with_a_budget_and_memos_costs_exactly_what_was_read(chain: LiteSVM) -> None:
    steps = (*budget(99_999, 12_345), pay(SOL), memo("hi", PAYER), memo("ho", program=MEMO_1))
    assert isinstance(send(chain, *steps), TransactionMetadata)
    assert chain.get_balance(CLIENT) == 2 * SOL


def test_a_price_without_a_limit_costs_no_more_than_was_read(chain: LiteSVM) -> None:
    for steps in ([pay()], [pay(), memo("hi", PAYER)], [pay(), pay(2)]):
        assert isinstance(send(chain, PRICE_ALONE, *steps), TransactionMetadata)


def test_tokens_arrive_in_the_account_that_was_rederived(chain: LiteSVM) -> None:
    mint = Mint(None, 10**12, 6, is_initialized=True, freeze_authority=None)
    rent = chain.minimum_balance_for_rent_exemption(82)
    chain.set_account(USDC, Account(rent, bytes(mint), TOKEN))
    for owner, amount in ((PAYER, 5_000_000), (CLIENT, 0)):
        state = TokenAccountState.Initialized
        holder = TokenAccount(USDC, owner, amount, None, state, None, 0)
        rent = chain.minimum_balance_for_rent_exemption(165)
        chain.set_account(token_account(owner), Account(rent, bytes(holder), TOKEN))
    assert isinstance(send(chain, pay_token(1_500_000)), TransactionMetadata)
    held = chain.get_account(token_account(CLIENT))
    assert held is not None
    assert TokenAccount.from_bytes(held.data).amount == 1_500_000
    create = world.create_account()
    assert isinstance(send(chain, create, pay_token(1)), TransactionMetadata)


def test_the_cancel_ends_what_was_signed_with_the_nonce(chain: LiteSVM) -> None:
    rent = chain.minimum_balance_for_rent_exemption(80)
    setup = [
        create_account(
            CreateAccountParams(
                from_pubkey=PAYER, to_pubkey=NONCE, lamports=rent, space=80, owner=SYSTEM
            )
        ),
        initialize_nonce_account(InitializeNonceAccountParams(nonce_pubkey=NONCE, authority=PAYER)),
    ]
    message = Message.new_with_blockhash(setup, PAYER, chain.latest_blockhash())
    made = chain.send_transaction(VersionedTransaction(message, [OWN_KEY, NONCE_KEY]))
    assert isinstance(made, TransactionMetadata)
    nonce = nonce_value(chain, NONCE)
    chain.expire_blockhash()
    assert isinstance(send(chain, advance(), blockhash=nonce), TransactionMetadata)
    assert nonce_value(chain, NONCE) != nonce
    chain.expire_blockhash()
    assert not isinstance(send(chain, advance(), pay(), blockhash=nonce), TransactionMetadata)
    assert chain.get_balance(CLIENT) == SOL
    later = nonce_value(chain, NONCE)
    assert isinstance(send(chain, advance(), pay(), blockhash=later), TransactionMetadata)
    assert chain.get_balance(CLIENT) == 2 * SOL


def nonce_value(chain: LiteSVM, account: Pubkey) -> Hash:
    held = chain.get_account(account)
    assert held is not None
    return Hash(held.data[40:72])
