"""The load process: offers the load of one cell at a time, in a process of its own, and checks every answer."""
