"""What runs in the server process around a scenario: the app, the layer that bears witness, the launch's settings."""
