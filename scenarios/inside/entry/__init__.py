"""The folder on the import path of a server that serves a user's app: one module with a distinctive name."""
