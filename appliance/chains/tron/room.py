"""What this folder offers to the rest of the appliance."""

from appliance.chains.interface import Room
from appliance.chains.tron.address import normalise_address
from appliance.chains.tron.decode import decoder
from appliance.chains.tron.second_reader import second_reader

ROOM = Room(decoder=decoder, normalise_address=normalise_address, second_reader=second_reader)
