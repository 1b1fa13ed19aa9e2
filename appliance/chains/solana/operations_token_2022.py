"""What Token-2022 can do beyond the token program (spl-token-2022, TokenInstruction)."""

from appliance.chains.solana.operations import catalogue, one_of

_KINDS = {
    "change": one_of(1, "sets up", "changes"),
    "switch": one_of(1, "requires", "no longer requires"),
    "share": one_of(1, "all", "some"),
    "fee": one_of(
        1,
        "sets up transfer fees of",
        "transfers with a fee from",
        "withdraws withheld fees of",
        "withdraws withheld fees from accounts of",
        "collects withheld fees to",
        "changes the transfer fee of",
    ),
    "confidential": one_of(
        1,
        "InitializeMint",
        "UpdateMint",
        "ConfigureAccount",
        "ApproveAccount",
        "EmptyAccount",
        "Deposit",
        "Withdraw",
        "Transfer of a hidden amount",
        "ApplyPendingBalance",
        "EnableConfidentialCredits",
        "DisableConfidentialCredits",
        "EnableNonConfidentialCredits",
        "DisableNonConfidentialCredits",
        "TransferWithFee of a hidden amount",
        "ConfigureAccountWithRegistry",
    ),
}

EXTENSION_OPERATIONS = catalogue(
    1,
    {
        25: (
            "InitializeMintCloseAuthority mint / authority:key?",
            "lets {authority} close the mint {mint}",
        ),
        26: ("TransferFeeExtension account / how:fee", "{how} {account}"),
        27: (
            "ConfidentialTransferExtension account / what:confidential",
            "{what} of account {account}",
        ),
        28: (
            "DefaultAccountStateExtension mint / how:change",
            "{how} the state of new accounts of mint {mint}",
        ),
        29: (
            "Reallocate account payer system owner",
            "enlarges token account {account} of {owner} at the cost of {payer}",
        ),
        30: (
            "MemoTransferExtension account owner / how:switch",
            "token account {account} of {owner} {how} a memo with each payment",
        ),
        31: (
            "CreateNativeMint payer mint",
            "makes the mint {mint} of wrapped SOL at the cost of {payer}",
        ),
        32: ("InitializeNonTransferableMint mint", "makes token {mint} non-transferable"),
        33: ("InterestBearingMintExtension mint / how:change", "{how} the interest of mint {mint}"),
        34: (
            "CpiGuardExtension account owner / how:switch",
            "token account {account} of {owner} {how} a guard against other programs",
        ),
        35: (
            "InitializePermanentDelegate mint / delegate:key",
            "lets {delegate} take token {mint} out of every account for ever",
        ),
        36: (
            "TransferHookExtension mint / how:change",
            "{how} the program that runs at each transfer of mint {mint}",
        ),
        37: (
            "ConfidentialTransferFeeExtension mint / how:change",
            "{how} the hidden transfer fees of mint {mint}",
        ),
        38: (
            "WithdrawExcessLamports account payee owner",
            "sends the surplus SOL of {account} of {owner} to {payee}",
        ),
        39: ("MetadataPointerExtension mint / how:change", "{how} the metadata of mint {mint}"),
        40: ("GroupPointerExtension mint / how:change", "{how} the group of mint {mint}"),
        41: (
            "GroupMemberPointerExtension mint / how:change",
            "{how} the group membership of mint {mint}",
        ),
        42: ("ConfidentialMintBurnExtension account", "mints or burns hidden amounts of {account}"),
        43: (
            "ScaledUiAmountExtension mint / how:change",
            "{how} the factor of shown amounts of mint {mint}",
        ),
        44: ("PausableExtension mint", "sets up, pauses or resumes token {mint}"),
        45: (
            "UnwrapLamports account payee owner / some:share",
            "sends {some} of the wrapped SOL in {account} of {owner} to {payee} as SOL",
        ),
        255: (
            "Batch / accounts:u8 size:u8",
            "several token operations in one, the first with {accounts} accounts and {size} bytes",
        ),
    },
    _KINDS,
)

TRANSFER_FEE_OPERATIONS = catalogue(
    2,
    {
        0x011A: (
            "TransferCheckedWithFee source mint payee owner / units decimals:u8 fee:units",
            (
                "{units} of token {mint} with {decimals} decimals from {source} to {payee}, who"
                " gets {fee} less, signed by {owner}"
            ),
        ),
    },
)
"""Extensions' operations by two bytes, the second of them the higher one."""
