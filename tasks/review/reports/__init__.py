"""Reviews as files for other programs, and other programs' findings as files. Pure: bytes and text, nothing else."""
