"""What crosses the gap. The only folder of the appliance that the coordinator may import."""
