"""What the stake and vote programs can do (solana-stake-interface, solana-vote-interface)."""

from appliance.chains.solana.operations import catalogue, one_of

_STAKE_RIGHT = one_of(4, "the right to stake", "the right to withdraw")
_VOTE_RIGHT = one_of(4, "the right to vote", "the right to withdraw")

STAKE_OPERATIONS = catalogue(
    4,
    {
        0: (
            "Initialize stake rent / staker:key withdrawer:key time:u64 epoch:u64 custodian:key",
            (
                "makes {stake} a stake account that {staker} stakes and {withdrawer} withdraws"
                " from, with the lockup custodian {custodian}"
            ),
        ),
        1: (
            "Authorize stake clock authority / next:key right",
            "gives {right} of stake account {stake} from {authority} to {next}",
        ),
        2: (
            "DelegateStake stake vote clock history config authority",
            (
                "delegates stake account {stake} to the vote account {vote} under the authority of"
                " {authority}"
            ),
        ),
        3: (
            "Split stake created authority / coins",
            (
                "moves {coins} of stake account {stake} to the new one {created} under the"
                " authority of {authority}"
            ),
        ),
        4: (
            "Withdraw stake payee clock history authority / coins",
            "{coins} of stake account {stake} to {payee} under the authority of {authority}",
        ),
        5: (
            "Deactivate stake clock authority",
            "ends the stake of {stake} under the authority of {authority}",
        ),
        6: (
            "SetLockup stake authority",
            "changes the lockup of {stake} under the authority of {authority}",
        ),
        7: (
            "Merge stake merged clock history authority",
            "merges stake account {merged} into {stake} under the authority of {authority}",
        ),
        8: (
            "AuthorizeWithSeed stake base clock / next:key right seed:text owner:key",
            (
                "gives {right} of stake account {stake}, held by {base} with the seed {seed}, to"
                " {next}"
            ),
        ),
        9: (
            "InitializeChecked stake rent staker withdrawer",
            "makes {stake} a stake account that {staker} stakes and {withdrawer} withdraws from",
        ),
        10: (
            "AuthorizeChecked stake clock authority next / right",
            "gives {right} of stake account {stake} from {authority} to {next}",
        ),
        11: (
            "AuthorizeCheckedWithSeed stake base clock next / right seed:text owner:key",
            (
                "gives {right} of stake account {stake}, held by {base} with the seed {seed}, to"
                " {next}"
            ),
        ),
        12: (
            "SetLockupChecked stake authority",
            "changes the lockup of {stake} under the authority of {authority}",
        ),
        13: ("GetMinimumDelegation", "asks for the least stake"),
        14: ("DeactivateDelinquent stake", "ends the stake of {stake}, whose validator is down"),
        15: (
            "Redelegate stake created vote config authority",
            "delegates {stake} anew through {created} to {vote} under the authority of {authority}",
        ),
        16: (
            "MoveStake stake payee authority / coins",
            "moves a stake of {coins} from {stake} to {payee} under the authority of {authority}",
        ),
        17: (
            "MoveLamports stake payee authority / coins",
            "moves {coins} from {stake} to {payee} under the authority of {authority}",
        ),
    },
    {"right": _STAKE_RIGHT},
)

VOTE_OPERATIONS = catalogue(
    4,
    {
        0: ("InitializeAccount vote", "makes {vote} a vote account"),
        1: (
            "Authorize vote clock authority / next:key right",
            "gives {right} of vote account {vote} from {authority} to {next}",
        ),
        2: ("Vote vote", "votes with {vote}"),
        3: (
            "Withdraw vote payee authority / coins",
            "{coins} of vote account {vote} to {payee} under the authority of {authority}",
        ),
        4: (
            "UpdateValidatorIdentity vote node authority",
            "makes {node} the validator of vote account {vote}",
        ),
        5: (
            "UpdateCommission vote authority / percent:u8",
            "changes the commission of vote account {vote} to {percent} %",
        ),
        6: ("VoteSwitch vote", "votes with {vote}"),
        7: (
            "AuthorizeChecked vote clock authority next / right",
            "gives {right} of vote account {vote} from {authority} to {next}",
        ),
        8: ("UpdateVoteState vote", "votes with {vote}"),
        9: ("UpdateVoteStateSwitch vote", "votes with {vote}"),
        10: (
            "AuthorizeWithSeed vote clock base / right owner:key seed:text next:key",
            "gives {right} of vote account {vote}, held by {base} with the seed {seed}, to {next}",
        ),
        11: (
            "AuthorizeCheckedWithSeed vote clock base next / right owner:key seed:text",
            "gives {right} of vote account {vote}, held by {base} with the seed {seed}, to {next}",
        ),
        12: ("CompactUpdateVoteState vote", "votes with {vote}"),
        13: ("CompactUpdateVoteStateSwitch vote", "votes with {vote}"),
        14: ("TowerSync vote", "votes with {vote}"),
        15: ("TowerSyncSwitch vote", "votes with {vote}"),
    },
    {"right": _VOTE_RIGHT},
)
