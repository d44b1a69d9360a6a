"""Jobs that the clock puts: cron lines, the schedule, and the scheduler's loop."""
