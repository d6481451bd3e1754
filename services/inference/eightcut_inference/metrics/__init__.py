"""How busy the devices are."""
