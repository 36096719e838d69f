"""Somebody who uses a practice forge, and the bot's way in to it: one module for each forge to practise on."""
