"""What runs in the server process around a scenario: the app, the layers around it, the settings of the launch."""
