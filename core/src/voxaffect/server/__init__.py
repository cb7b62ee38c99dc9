"""`voxaffect serve`: hear and express over HTTP and WebSocket. Needs the extra `server`."""
