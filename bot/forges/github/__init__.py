"""GitHub, on github.com or on an Enterprise Server, behind the protocol of `bot.forges`."""
