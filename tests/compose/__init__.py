"""docker-compose.yml, read and run. A package, so that the project is taken down when its last test is through."""
