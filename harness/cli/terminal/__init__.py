"""What a run shows: its progress on standard error, and its summary on standard output."""
