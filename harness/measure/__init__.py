"""From a plan to a journal: launches servers, offers load, writes down what came back."""
