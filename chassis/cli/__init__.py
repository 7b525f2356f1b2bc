"""The command `linli`. Each subcommand has a module, which is imported when the subcommand is called."""
