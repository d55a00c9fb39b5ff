-- Names that differ by blanks at their end are different names, as they are in the other databases: a collation that pads takes them for
-- one. MySQL and MariaDB name the one that does not differently; each reads the comment that is for it.

ALTER TABLE schedule_task CONVERT TO CHARACTER SET utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

ALTER TABLE schedule_task_item CONVERT TO CHARACTER SET utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

ALTER TABLE schedule_execution CONVERT TO CHARACTER SET utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

ALTER TABLE schedule_node CONVERT TO CHARACTER SET utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

ALTER TABLE schedule_dead_letter CONVERT TO CHARACTER SET utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;
