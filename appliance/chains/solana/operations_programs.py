"""What each program can do, as far as it is known here.

Sources of those that stand here themselves: solana-compute-budget-interface,
solana-loader-v3-interface and solana-address-lookup-table-interface.
"""

from appliance.chains.solana.operations import Catalogue, catalogue, merged
from appliance.chains.solana.operations_staking import STAKE_OPERATIONS, VOTE_OPERATIONS
from appliance.chains.solana.operations_system import SYSTEM_OPERATIONS
from appliance.chains.solana.operations_token import (
    ASSOCIATED_TOKEN_OPERATIONS,
    TOKEN_OPERATIONS,
)
from appliance.chains.solana.operations_token_2022 import (
    EXTENSION_OPERATIONS,
    TRANSFER_FEE_OPERATIONS,
)
from appliance.chains.solana.programs import (
    ASSOCIATED_TOKEN,
    COMPUTE_BUDGET,
    LOOKUP_TABLE,
    STAKE,
    SYSTEM,
    TOKEN,
    TOKEN_2022,
    UPGRADEABLE_LOADER,
    VOTE,
)

COMPUTE_BUDGET_OPERATIONS = catalogue(
    1,
    {
        0: (
            "RequestUnits / units:u32 fee:u32",
            "{units} compute units for an additional fee of {fee} lamports",
        ),
        1: ("RequestHeapFrame / size:u32", "{size} bytes of memory"),
        2: ("SetComputeUnitLimit / units:u32", "{units} compute units"),
        3: ("SetComputeUnitPrice / price:u64", "{price} micro-lamports for a compute unit"),
        4: ("SetLoadedAccountsDataSizeLimit / size:u32", "{size} bytes of accounts at the most"),
    },
)

LOADER_OPERATIONS = catalogue(
    4,
    {
        0: (
            "InitializeBuffer buffer authority",
            "makes {buffer} a buffer for code under the authority of {authority}",
        ),
        1: ("Write buffer authority", "writes code into {buffer}"),
        2: (
            "DeployWithMaxDataLen payer data program buffer",
            "deploys the code in {buffer} as program {program} at the cost of {payer}",
        ),
        3: (
            "Upgrade data program buffer payee rent clock authority",
            (
                "replaces the code of program {program} by that in {buffer} under the authority of"
                " {authority}"
            ),
        ),
        4: (
            "SetAuthority account authority next",
            "gives the right to change the code in {account} from {authority} to {next}",
        ),
        5: (
            "Close account payee authority",
            "closes {account} and sends its SOL to {payee} under the authority of {authority}",
        ),
        6: (
            "ExtendProgram data program / size:u32",
            "makes room for {size} bytes more in program {program}",
        ),
        7: (
            "SetAuthorityChecked account authority next",
            "gives the right to change the code in {account} from {authority} to {next}",
        ),
        8: ("Migrate data program", "moves program {program} to another loader"),
        9: (
            "ExtendProgramChecked data program / size:u32",
            "makes room for {size} bytes more in program {program}",
        ),
    },
)

LOOKUP_TABLE_OPERATIONS = catalogue(
    4,
    {
        0: ("CreateLookupTable table authority", "makes the lookup table {table}"),
        1: ("FreezeLookupTable table authority", "makes final the lookup table {table}"),
        2: ("ExtendLookupTable table authority", "adds addresses to the lookup table {table}"),
        3: ("DeactivateLookupTable table authority", "ends the lookup table {table}"),
        4: ("CloseLookupTable table authority", "closes the lookup table {table}"),
    },
)

_TOKEN_OPERATIONS = merged(TOKEN_OPERATIONS, EXTENSION_OPERATIONS, TRANSFER_FEE_OPERATIONS)

CATALOGUES: dict[bytes, Catalogue] = {
    SYSTEM: SYSTEM_OPERATIONS,
    TOKEN: _TOKEN_OPERATIONS,
    TOKEN_2022: _TOKEN_OPERATIONS,
    ASSOCIATED_TOKEN: ASSOCIATED_TOKEN_OPERATIONS,
    COMPUTE_BUDGET: COMPUTE_BUDGET_OPERATIONS,
    STAKE: STAKE_OPERATIONS,
    VOTE: VOTE_OPERATIONS,
    UPGRADEABLE_LOADER: LOADER_OPERATIONS,
    LOOKUP_TABLE: LOOKUP_TABLE_OPERATIONS,
}
"""By the program's address."""
