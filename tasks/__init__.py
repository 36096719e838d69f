"""The work that a job asks for."""
