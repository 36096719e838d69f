"""GitHub's REST API: one module per resource, each with its table of routes."""
