"""What happens in a GitLab world, and what follows from it."""
