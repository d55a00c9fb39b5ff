-- What nodes of a cluster know of each other.

ALTER TABLE schedule_node ADD COLUMN handler_kinds text;
