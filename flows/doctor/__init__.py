"""The checks of `touchline doctor` that are not the record's: machine, providers, DNS, Prefect."""
