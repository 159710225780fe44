"""From findings to what people and programs read. Pure: the same findings give the same bytes."""
