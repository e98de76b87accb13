"""Durable queues: adapters of `gpu.ports.JobQueue`."""
