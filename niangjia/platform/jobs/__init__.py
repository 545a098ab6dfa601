"""Work outside a request: queue, lease, retry, schedule, progress."""
