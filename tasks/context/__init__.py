"""What the model gets to see: the repository at one commit, the places that matter, a prompt that fits."""
