"""A small forge on loopback that speaks GitHub's REST API and enforces its documented rules, for demo and tests."""
