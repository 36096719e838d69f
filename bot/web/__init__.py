"""The webhook service: verifies, writes down, answers."""
