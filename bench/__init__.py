"""How fast and how lean the harness itself is: each module measures one thing and gives its figures by name."""
