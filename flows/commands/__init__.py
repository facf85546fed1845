"""One module per command of `touchline`; each exposes `command`, the function typer runs."""
