"""What could identify a real person is marked; prose is not."""
