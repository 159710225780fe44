"""What the harness runs beside a server, since a scenario needs it: an HTTP service to call, a database."""
