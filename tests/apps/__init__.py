"""Apps of somebody's own: small ones that do what people's apps do, and fail as they fail."""
