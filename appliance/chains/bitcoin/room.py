"""What this folder offers to the rest of the appliance."""

from appliance.chains.bitcoin.address import normalise_address
from appliance.chains.bitcoin.decode import decoder
from appliance.chains.bitcoin.second_reader import second_reader
from appliance.chains.interface import Room

ROOM = Room(decoder=decoder, normalise_address=normalise_address, second_reader=second_reader)
