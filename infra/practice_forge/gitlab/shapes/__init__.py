"""Records as the JSON that GitLab shows."""
