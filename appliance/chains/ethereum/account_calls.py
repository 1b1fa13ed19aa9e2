"""What calls of accounts and contracts that belong to somebody do: Safe, proxies, owners, roles."""

from appliance.chains.ethereum.address import spell_address
from appliance.chains.ethereum.contract import (
    Call,
    Contract,
    Explanation,
    Known,
    PassedOn,
)


def _upgrade(_: Contract, implementation: bytes, *call: bytes) -> str:
    initialised = f", then {len(call[0])} bytes of calldata run in it" if call else ""
    name = "upgradeToAndCall" if call else "upgradeTo"
    return (
        f"{name}: upgrade of the contract to the code of {spell_address(implementation)}"
        f"{initialised}"
    )


def _upgrade_proxy(_: Contract, proxy: bytes, implementation: bytes, *_call: bytes) -> str:
    return f"upgrade of {spell_address(proxy)} to the code of {spell_address(implementation)}"


def _run_in_upgrade(_: Contract, implementation: bytes, data: bytes) -> tuple[Call, ...]:
    return (Call(implementation, 0, data, delegated=True),) if data else ()


def _transfer_ownership(_: Contract, owner: bytes) -> str:
    return f"transferOwnership of the contract to {spell_address(owner)}"


def _add_owner(_: Contract, owner: bytes, threshold: int) -> str:
    return (
        f"addOwnerWithThreshold: {spell_address(owner)} becomes an owner of the Safe,"
        f" and {threshold} owners suffice"
    )


def _remove_owner(_: Contract, _previous: bytes, owner: bytes, threshold: int) -> str:
    return (
        f"removeOwner: {spell_address(owner)} is no owner of the Safe any more,"
        f" and {threshold} owners suffice"
    )


def _swap_owner(_: Contract, _previous: bytes, old: bytes, new: bytes) -> str:
    return (
        f"swapOwner: {spell_address(new)} becomes an owner of the Safe"
        f" in place of {spell_address(old)}"
    )


def _enable_module(_: Contract, module: bytes) -> str:
    return f"enableModule: {spell_address(module)} may spend from the Safe without its owners"


def _set_guard(_: Contract, guard: bytes) -> str:
    if not any(guard):
        return "setGuard: the Safe's guard is taken away"
    return f"setGuard: {spell_address(guard)} decides which transactions the Safe may make"


def _set_fallback_handler(_: Contract, handler: bytes) -> str:
    return f"setFallbackHandler: calls that the Safe does not know go to {spell_address(handler)}"


def _approve_hash(_: Contract, digest: bytes) -> str:
    return f"approveHash: consent to the Safe transaction 0x{digest.hex()}, which is not shown"


def _role(verb: str) -> Explanation:
    def says(_: Contract, role: bytes, account: bytes) -> str:
        which = f"role 0x{role.hex()}" if any(role) else "the admin role"
        return f"{verb}: {which} for {spell_address(account)}"

    return says


_SAFE_SETUP = "address[],uint256,address,bytes,address,address,uint256,address"

ACCOUNT_CALLS: tuple[Known, ...] = (
    # Safe
    ("approveHash(bytes32)", _approve_hash),
    ("addOwnerWithThreshold(address,uint256)", _add_owner),
    ("removeOwner(address,address,uint256)", _remove_owner),
    ("swapOwner(address,address,address)", _swap_owner),
    ("changeThreshold(uint256)", "changes how many owners of the Safe suffice"),
    ("enableModule(address)", _enable_module),
    ("disableModule(address,address)", "takes a module away from the Safe"),
    ("setGuard(address)", _set_guard),
    ("setModuleGuard(address)", "sets what decides about the Safe's modules"),
    ("setFallbackHandler(address)", _set_fallback_handler),
    ("changeMasterCopy(address)", _upgrade),
    ("signMessage(bytes)", "signs a message in the name of the Safe"),
    (f"setup({_SAFE_SETUP})", "sets up a Safe with these owners"),
    ("createProxyWithNonce(address,bytes,uint256)", "creates a Safe"),
    # Proxies, by ERC-1967 and ERC-1822
    ("upgradeTo(address)", _upgrade),
    ("upgradeToAndCall(address,bytes)", _upgrade),
    ("upgrade(address,address)", _upgrade_proxy),
    ("upgradeAndCall(address,address,bytes)", _upgrade_proxy),
    ("changeAdmin(address)", "changes who may exchange the contract's code"),
    ("changeProxyAdmin(address,address)", "changes who may exchange a contract's code"),
    ("setImplementation(address)", _upgrade),
    ("initialize(address)", "initialises a contract for an owner"),
    ("initialize()", "initialises a contract"),
    # Ownership and roles, by ERC-173 and OpenZeppelin
    ("transferOwnership(address)", _transfer_ownership),
    ("transferOwnership(address,bool,bool)", "transfers the ownership of the contract"),
    ("renounceOwnership()", "gives up the ownership of the contract for ever"),
    ("acceptOwnership()", "takes over the ownership of a contract"),
    ("setOwner(address)", _transfer_ownership),
    ("changeOwner(address)", _transfer_ownership),
    ("setAdmin(address)", "makes another the admin of the contract"),
    ("setPendingAdmin(address)", "makes another the next admin of the contract"),
    ("grantRole(bytes32,address)", _role("grantRole")),
    ("revokeRole(bytes32,address)", _role("revokeRole")),
    ("renounceRole(bytes32,address)", _role("renounceRole")),
    ("addMinter(address)", "lets another make tokens"),
    ("pause()", "stops the contract"),
    ("unpause()", "starts the contract again"),
    ("blacklist(address)", "blocks an account"),
    ("selfdestruct(address)", "destroys the contract"),
    ("kill()", "destroys the contract"),
    # Accounts of several owners, account abstraction (ERC-4337, ERC-7579)
    ("confirmTransaction(uint256)", "confirms a transaction that is not shown"),
    ("executeTransaction(uint256)", "makes a transaction that is not shown"),
    ("revokeConfirmation(uint256)", "takes a confirmation back"),
    ("addOwner(address)", "adds an owner"),
    ("removeOwner(address)", "removes an owner"),
    ("replaceOwner(address,address)", "puts an owner in the place of another"),
    ("changeRequirement(uint256)", "changes how many owners suffice"),
    ("installModule(uint256,address,bytes)", "installs a module, which may act for the account"),
    ("uninstallModule(uint256,address,bytes)", "takes a module away from the account"),
    ("invalidateNonce(uint256)", "makes signatures invalid"),
    ("registerDelegate(address)", "registers a delegate"),
    ("setDelegate(bytes32,address)", "names a delegate"),
    ("setOperator(address,bool)", "names an operator"),
    ("setRelayerApproval(address,address,bool)", "lets a relayer act"),
)
"""Safe 1.0 to 1.5, ERC-173, ERC-1967, OpenZeppelin AccessControl, Gnosis MultiSigWallet."""
ACCOUNT_PASSES_ON: dict[str, PassedOn] = {"upgradeToAndCall(address,bytes)": _run_in_upgrade}
