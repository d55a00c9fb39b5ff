-- The shards of a round are found by their task. An index over what every round changes made each of its writes
-- touch all indexes of the row.
DROP INDEX schedule_task_item_round;
