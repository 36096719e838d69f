"""Stories that are told of more than one implementation."""
