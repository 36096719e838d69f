"""Where the lines that a reply speaks of stand in a file: one place, or a refusal that names the choices."""
