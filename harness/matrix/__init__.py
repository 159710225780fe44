"""From `matrix.yaml` to a plan."""
