"""Known changes, written as models write them, slips included: what the patch engine is measured with."""
