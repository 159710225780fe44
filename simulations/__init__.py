"""Whether the statistics keep their promises: each module simulates runs whose truth is known, and counts errors."""
