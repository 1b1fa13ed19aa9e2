"""The closed table of chains. Adding one is a line here and a folder beside this file."""

from appliance.chains.bitcoin.room import ROOM as BITCOIN
from appliance.chains.ethereum.room import ROOM as ETHEREUM
from appliance.chains.interface import Room
from appliance.chains.solana.room import ROOM as SOLANA
from appliance.chains.tron.room import ROOM as TRON
from appliance.wire.terms import Chain

ROOMS: dict[Chain, Room] = {
    Chain.BITCOIN: BITCOIN,
    Chain.ETHEREUM: ETHEREUM,
    Chain.TRON: TRON,
    Chain.SOLANA: SOLANA,
}
