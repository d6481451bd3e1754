"""AST, EAT and BEATs: networks on log-mel spectrograms."""
