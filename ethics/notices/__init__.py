"""What happened to whom. Features above write notices; none carries a text that somebody wrote."""
