"""Files of counts and of raw events, as any shop has them: checked line by line, and counted.

- `lines`: of a file, packed or not; `count_lines`, `count_table`: a CSV file of counts
- `event_fields`, `event_log`: a file of raw events; `event_trials`, `event_counts`: what they count
- `event_bots`, `event_health`, `presence`: who is left out, and what the file says of its soundness
- `counted`, `event_reading`: either of them, read for the engine, and what is said of it
"""
