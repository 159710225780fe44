"""The services that scenarios need next to a server: an HTTP service to call, a database."""
