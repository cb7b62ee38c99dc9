"""voxaffect inside the frameworks that voice assistants are built with; a module and an extra each."""
