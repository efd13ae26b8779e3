"""Ethics Rounds: ethics cases, committed positions, moderated discussion and structured reflection."""
