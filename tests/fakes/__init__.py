"""Hand-written stand-ins that speak the whole protocol of what they stand for."""
