"""The embedded engine: a small model on this machine, for machines without a model server."""
