"""Breaks the running service in every way that happens, and counts: what got its 202 is done, and done once."""
