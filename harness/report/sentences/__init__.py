"""The sentences of the answer that belong to no one section."""
