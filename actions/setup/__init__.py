"""Connects the bot to a forge, from a form in the browser to the first delivery."""
