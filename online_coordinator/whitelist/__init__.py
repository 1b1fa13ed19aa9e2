"""The whitelist: destinations that an appliance's signed rules allow."""
