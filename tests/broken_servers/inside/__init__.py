"""What the broken servers are made of."""
