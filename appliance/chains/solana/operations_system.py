"""What the System program can do (solana-system-interface, SystemInstruction)."""

from appliance.chains.solana.operations import catalogue

SYSTEM_OPERATIONS = catalogue(
    4,
    {
        0: (
            "CreateAccount payer account / coins space:u64 owner:key",
            (
                "{payer} pays {coins} into the new account {account} of {space} bytes, which"
                " program {owner} then owns"
            ),
        ),
        1: (
            "Assign account / owner:key",
            "hands account {account} to program {owner}, which can then do anything with it",
        ),
        2: ("Transfer source payee / coins", "{coins} of {source} to {payee}"),
        3: (
            "CreateAccountWithSeed payer account / base:key seed:text coins space:u64 owner:key",
            (
                "{payer} pays {coins} into the new account {account} of {space} bytes, derived from"
                " {base} by the seed {seed}, which program {owner} then owns"
            ),
        ),
        4: (
            "AdvanceNonceAccount nonce sysvar authority",
            "advances the nonce account {nonce} under the authority of {authority}",
        ),
        5: (
            "WithdrawNonceAccount nonce payee sysvar rent authority / coins",
            "{coins} of the nonce account {nonce} to {payee} under the authority of {authority}",
        ),
        6: (
            "InitializeNonceAccount nonce sysvar rent / authority:key",
            "makes {nonce} a nonce account under the authority of {authority}",
        ),
        7: (
            "AuthorizeNonceAccount nonce authority / next:key",
            "hands the nonce account {nonce} from {authority} to the authority of {next}",
        ),
        8: (
            "Allocate account / space:u64",
            "makes account {account} {space} bytes large, so that it can no longer pay",
        ),
        9: (
            "AllocateWithSeed account signer / base:key seed:text space:u64 owner:key",
            (
                "makes account {account}, derived from {base} by the seed {seed}, {space} bytes"
                " large and hands it to program {owner}"
            ),
        ),
        10: (
            "AssignWithSeed account signer / base:key seed:text owner:key",
            "hands account {account}, derived from {base} by the seed {seed}, to program {owner}",
        ),
        11: (
            "TransferWithSeed source base payee / coins seed:text owner:key",
            (
                "{coins} of {source}, derived from {base} by the seed {seed} for program {owner},"
                " to {payee}"
            ),
        ),
        12: ("UpgradeNonceAccount nonce", "changes the form of the nonce account {nonce}"),
        13: (
            "CreateAccountAllowPrefund account payer / coins space:u64 owner:key",
            (
                "{payer} pays {coins} into account {account} of {space} bytes, which program"
                " {owner} then owns"
            ),
        ),
    },
)
