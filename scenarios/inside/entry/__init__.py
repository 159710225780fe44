"""What is put on the import path of a server that serves an app of the user's: one module, under a name of its own."""
