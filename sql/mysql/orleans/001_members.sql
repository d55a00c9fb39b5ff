-- What the ADO.NET providers of Microsoft Orleans expect: they read their statements from OrleansQuery by these keys, hand them parameters
-- of these names, and read columns of these names. Written for Orleans 10. A text that changes two tables is a transaction; what is changed
-- second is so where the first was (ROW_COUNT). The collation is binary and tells blanks at the end; MySQL and MariaDB name it differently.
CREATE TABLE OrleansQuery (
    QueryKey VARCHAR(64) NOT NULL PRIMARY KEY,
    QueryText TEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

-- The version of a cluster's membership: every change of it names the one that it has seen.
CREATE TABLE OrleansMembershipVersionTable (
    DeploymentId VARCHAR(150) NOT NULL PRIMARY KEY,
    Timestamp DATETIME(6) NOT NULL,  -- of the last change, UTC
    Version INT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

CREATE TABLE OrleansMembershipTable (
    DeploymentId VARCHAR(150) NOT NULL,
    Address VARCHAR(45) NOT NULL,
    Port INT NOT NULL,
    Generation INT NOT NULL,         -- tells a silo from an earlier one at the same address
    SiloName VARCHAR(150) NOT NULL,
    HostName VARCHAR(150) NOT NULL,
    Status INT NOT NULL,             -- 1 created  2 joining  3 active  4 shutting down  5 stopping  6 dead
    ProxyPort INT NOT NULL,          -- 0 where it is no gateway
    SuspectTimes TEXT,
    StartTime DATETIME(6) NOT NULL,
    IAmAliveTime DATETIME(6) NOT NULL,
    PRIMARY KEY (DeploymentId, Address, Port, Generation)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('InsertMembershipVersionKey', '
    INSERT IGNORE INTO OrleansMembershipVersionTable (DeploymentId, Timestamp) VALUES (@DeploymentId, UTC_TIMESTAMP(6))
    ; SELECT ROW_COUNT()
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('InsertMembershipKey', '
    START TRANSACTION
    ; UPDATE OrleansMembershipVersionTable SET Version = Version + 1, Timestamp = UTC_TIMESTAMP(6)
        WHERE DeploymentId = @DeploymentId AND Version = @Version AND NOT EXISTS (
            SELECT 1 FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation)
    ; INSERT INTO OrleansMembershipTable (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
        SELECT @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM DUAL WHERE ROW_COUNT() > 0
    ; SELECT ROW_COUNT()
    ; COMMIT
');

-- One statement changes both, or neither.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('UpdateMembershipKey', '
    UPDATE OrleansMembershipVersionTable AS v JOIN OrleansMembershipTable AS m ON m.DeploymentId = v.DeploymentId
    SET v.Version = v.Version + 1, v.Timestamp = UTC_TIMESTAMP(6), m.Status = @Status, m.SuspectTimes = @SuspectTimes, m.IAmAliveTime = @IAmAliveTime
    WHERE v.DeploymentId = @DeploymentId AND v.Version = @Version AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation
    ; SELECT ROW_COUNT() > 0
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('UpdateIAmAlivetimeKey', '
    UPDATE OrleansMembershipTable SET IAmAliveTime = @IAmAliveTime
    WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('MembershipReadRowKey', '
    SELECT v.Version, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime
    FROM OrleansMembershipVersionTable AS v
    LEFT JOIN OrleansMembershipTable AS m ON m.DeploymentId = v.DeploymentId AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation
    WHERE v.DeploymentId = @DeploymentId
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('MembershipReadAllKey', '
    SELECT v.Version, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime
    FROM OrleansMembershipVersionTable AS v LEFT JOIN OrleansMembershipTable AS m ON m.DeploymentId = v.DeploymentId
    WHERE v.DeploymentId = @DeploymentId
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('GatewaysQueryKey', '
    SELECT Address, ProxyPort, Generation FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('CleanupDefunctSiloEntriesKey', '
    DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId AND IAmAliveTime < @IAmAliveTime AND Status <> 3
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('DeleteMembershipTableEntriesKey', '
    START TRANSACTION
    ; DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId
    ; DELETE FROM OrleansMembershipVersionTable WHERE DeploymentId = @DeploymentId
    ; COMMIT
');
