"""Static analysis beside the model: tools with our own configuration, run in the sandbox, on lines that changed."""
