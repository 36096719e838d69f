"""How each kind of model server says what it serves and counts tokens; completions are the same for all."""
