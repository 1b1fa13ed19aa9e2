"""What the token programs, and the one that makes their accounts, can do.

Sources: spl-token (TokenInstruction, AuthorityType) and spl-associated-token-account.
"""

from appliance.chains.solana.operations import catalogue, one_of

_AUTHORITY = one_of(
    1,
    "the right to mint",
    "the right to freeze",
    "the ownership",
    "the right to close",
    "the transfer fee authority",
    "the right to withdraw withheld fees",
    "the right to close the mint",
    "the interest rate authority",
    "the permanent delegate",
    "the confidential mint authority",
    "the transfer hook authority",
    "the confidential fee authority",
    "the metadata pointer authority",
    "the group pointer authority",
    "the group member pointer authority",
    "the scaled amount authority",
    "the right to pause",
)

TOKEN_OPERATIONS = catalogue(
    1,
    {
        0: (
            "InitializeMint mint rent / decimals:u8 authority:key freezer:key?",
            (
                "makes {mint} a token of {decimals} decimals that {authority} may mint and"
                " {freezer} freeze"
            ),
        ),
        1: (
            "InitializeAccount account mint owner rent",
            "makes {account} an account of token {mint} that {owner} owns",
        ),
        2: (
            "InitializeMultisig account rent / needed:u8",
            "makes {account} a multisig account that needs {needed} signatures",
        ),
        3: (
            "Transfer source payee owner / units",
            (
                "{units} of token account {source} to {payee} without saying of which token, signed"
                " by {owner}; only TransferChecked is allowed"
            ),
        ),
        4: (
            "Approve source delegate owner / units",
            "lets {delegate} take {units} out of token account {source} of {owner} at any time",
        ),
        5: (
            "Revoke source owner",
            "ends what others may take out of token account {source} of {owner}",
        ),
        6: (
            "SetAuthority account authority / what:authority next:key?",
            "gives {what} of account {account} from {authority} to {next}",
        ),
        7: (
            "MintTo mint payee authority / units",
            "makes {units} of token {mint} for {payee} under the authority of {authority}",
        ),
        8: (
            "Burn account mint owner / units",
            "destroys {units} of token {mint} in account {account} of {owner}",
        ),
        9: (
            "CloseAccount account payee owner",
            "closes token account {account} of {owner} and sends its SOL to {payee}",
        ),
        10: (
            "FreezeAccount account mint authority",
            "freezes account {account} of token {mint} under the authority of {authority}",
        ),
        11: (
            "ThawAccount account mint authority",
            "thaws account {account} of token {mint} under the authority of {authority}",
        ),
        12: (
            "TransferChecked source mint payee owner / units decimals:u8",
            (
                "{units} of token {mint} with {decimals} decimals from {source} to {payee}, signed"
                " by {owner}"
            ),
        ),
        13: (
            "ApproveChecked source mint delegate owner / units decimals:u8",
            (
                "lets {delegate} take {units} of token {mint} out of token account {source} of"
                " {owner} at any time"
            ),
        ),
        14: (
            "MintToChecked mint payee authority / units decimals:u8",
            "makes {units} of token {mint} for {payee} under the authority of {authority}",
        ),
        15: (
            "BurnChecked account mint owner / units decimals:u8",
            "destroys {units} of token {mint} in account {account} of {owner}",
        ),
        16: (
            "InitializeAccount2 account mint rent / owner:key",
            "makes {account} an account of token {mint} that {owner} owns",
        ),
        17: ("SyncNative account", "counts the SOL in account {account} as wrapped SOL"),
        18: (
            "InitializeAccount3 account mint / owner:key",
            "makes {account} an account of token {mint} that {owner} owns",
        ),
        19: (
            "InitializeMultisig2 account / needed:u8",
            "makes {account} a multisig account that needs {needed} signatures",
        ),
        20: (
            "InitializeMint2 mint / decimals:u8 authority:key freezer:key?",
            (
                "makes {mint} a token of {decimals} decimals that {authority} may mint and"
                " {freezer} freeze"
            ),
        ),
        21: ("GetAccountDataSize mint", "asks for the size of accounts of {mint}"),
        22: (
            "InitializeImmutableOwner account",
            "makes the owner of token account {account} final",
        ),
        23: ("AmountToUiAmount mint / units", "asks how {units} of {mint} are shown"),
        24: ("UiAmountToAmount mint", "asks what an amount of {mint} is"),
    },
    {"authority": _AUTHORITY},
)

ASSOCIATED_TOKEN_OPERATIONS = catalogue(
    1,
    {
        0: (
            "Create payer account owner mint system program",
            "{payer} pays for token account {account} of token {mint} that {owner} owns",
        ),
        1: (
            "CreateIdempotent payer account owner mint system program",
            "{payer} pays for token account {account} of token {mint} that {owner} owns",
        ),
        2: (
            "RecoverNested nested nested_mint payee holder holder_mint owner program",
            (
                "moves token {nested_mint} out of {nested}, that {holder} owns, to {payee} of"
                " {owner} and closes it"
            ),
        ),
    },
)
