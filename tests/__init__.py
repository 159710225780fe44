"""The rooms of the house, tested with real servers, real sockets, real files."""
