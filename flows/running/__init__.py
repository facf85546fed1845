"""What keeps a workspace running: its processes, its Prefect server, its flow runner."""
