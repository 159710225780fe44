"""Statistics of figures that were measured a few times. Knows nothing of servers, cells or journals."""
