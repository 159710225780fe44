"""What a person sees of a run: while it measures on standard error, at its end on standard output."""
