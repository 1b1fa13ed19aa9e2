"""Withdrawal requests and chain state → unsigned bytes, with third-party libraries.

They share no code with the appliance's decoders: that both say the same is worth something only
because they never met.
"""
