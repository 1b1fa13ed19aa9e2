"""Registered appliances: whom batches are for, and whose responses are believed."""
