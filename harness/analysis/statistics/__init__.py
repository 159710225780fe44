"""What may be said of figures that were measured a few times. Knows nothing of servers, cells or journals."""
