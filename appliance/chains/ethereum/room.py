"""What this folder offers to the rest of the appliance."""

from appliance.chains.ethereum.address import normalise_address
from appliance.chains.ethereum.decode import decoder
from appliance.chains.ethereum.second_reader import second_reader
from appliance.chains.interface import Room

ROOM = Room(decoder=decoder, normalise_address=normalise_address, second_reader=second_reader)
