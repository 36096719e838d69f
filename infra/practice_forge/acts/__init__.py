"""What can be done on the forge, the same for the REST API, for git and for a person in the browser."""
