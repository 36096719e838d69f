"""One module and its templates per command; a new one is found by being here."""
