"""The command line: every command, its help, and what it prints."""
