"""The command `linli`: one module per command, imported when it is called."""
