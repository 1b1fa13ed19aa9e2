"""What this folder offers to the rest of the appliance."""

from appliance.chains.interface import Room
from appliance.chains.solana.address import normalise_address
from appliance.chains.solana.decode import decoder
from appliance.chains.solana.second_reader import second_reader

ROOM = Room(decoder=decoder, normalise_address=normalise_address, second_reader=second_reader)
