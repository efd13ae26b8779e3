"""Nothing that was acknowledged is lost: proved on real databases, with the measure and without it."""
