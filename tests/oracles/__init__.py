"""What others say of their APIs, kept as data, to hold the bot to it."""
