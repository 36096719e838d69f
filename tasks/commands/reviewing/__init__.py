"""The parts of `/codex review`: looking at the change, answering earlier findings, and telling what came of it."""
