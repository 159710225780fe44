"""How fast and how lean the harness itself is: each module measures one thing and returns its figures by name."""
