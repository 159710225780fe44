"""The kinds of work, one file each, run inside the server process; `scenarios.kit` describes such a file."""
