"""The chained log, the access log, idempotency keys. All name people by public id, so that erasure can cut the tie."""
