"""What each verb of the command line does: these modules wire the rooms together, and print."""
