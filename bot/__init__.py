"""The door: what a forge says, and what may be said back."""
