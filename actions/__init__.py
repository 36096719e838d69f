"""The bot at a person's terminal or in a CI job: the same handlers without server or queue."""
