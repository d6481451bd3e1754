"""The commands, one module for each entry of `eightcut_cli.app.COMMANDS`, with `app` in it."""
