"""One folder per forge; all of them speak the protocol in `protocol.py` and nothing else."""
