"""How each kind of model server says what it serves, counts tokens and is told a schema; the rest they share."""
