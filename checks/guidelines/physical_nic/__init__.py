"""Physical network adapters: buffers, queues, offloads, link."""
