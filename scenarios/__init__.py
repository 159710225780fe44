"""The kinds of work, one file each; `scenarios.kit` says what such a file holds. They run inside the server process."""
