"""The command line. Every command says what it does with --help; none of them can sign."""
