"""The log for people and for other systems, beside the machine's proof that `audit.export` writes."""
