"""What changes at the officer's desk: verbs, one transaction each."""
