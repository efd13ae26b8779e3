"""What a page costs: CPU time of the server for one request, as a ratio to a null Flask application."""
