"""How native models run fast: XLA options, blocks of members, checkpointed scans."""
