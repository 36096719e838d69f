"""What a deployment stands on; knows nothing of the bot."""
