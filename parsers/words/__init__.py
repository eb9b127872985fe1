"""Words that mail clients and mail systems write, by language: data, and nothing else."""
