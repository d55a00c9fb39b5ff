-- The state of grains that nobody queries. What people look at is in the scheduler's own tables.

CREATE TABLE OrleansStorage (
    GrainIdHash INT NOT NULL,
    GrainIdN0 BIGINT NOT NULL,
    GrainIdN1 BIGINT NOT NULL,
    GrainTypeHash INT NOT NULL,
    GrainTypeString VARCHAR(512) NOT NULL,
    GrainIdExtensionString VARCHAR(512),
    ServiceId VARCHAR(150) NOT NULL,
    PayloadBinary LONGBLOB,
    ModifiedOn DATETIME NOT NULL,
    Version INT,
    Grain VARBINARY(32) AS (UNHEX(SHA2(CONCAT_WS('|', GrainIdN0, GrainIdN1, GrainTypeString, COALESCE(GrainIdExtensionString, ''), ServiceId), 256))) STORED
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The names are too long for a key; who writes first is told from who comes second by their hash.
CREATE UNIQUE INDEX OrleansStorage_Grain ON OrleansStorage (GrainIdHash, GrainTypeHash, Grain);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ReadFromStorageKey',
'SELECT PayloadBinary, UTC_TIMESTAMP(), Version FROM OrleansStorage
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainTypeString = @GrainTypeString
AND GrainIdExtensionString <=> @GrainIdExtensionString AND ServiceId = @ServiceId;');

-- It answers with the version that there is then: the one that was asked for, where another was faster.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('WriteToStorageKey',
'INSERT INTO OrleansStorage (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary, ModifiedOn, Version)
SELECT @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString, @ServiceId, @PayloadBinary, UTC_TIMESTAMP(), 1 FROM DUAL
WHERE @GrainStateVersion IS NULL ON DUPLICATE KEY UPDATE Version = OrleansStorage.Version
; SET @scheduler_made = ROW_COUNT()
; UPDATE OrleansStorage SET PayloadBinary = @PayloadBinary, ModifiedOn = UTC_TIMESTAMP(), Version = Version + 1
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainTypeString = @GrainTypeString
AND GrainIdExtensionString <=> @GrainIdExtensionString AND ServiceId = @ServiceId AND Version = @GrainStateVersion
; SELECT CASE WHEN ROW_COUNT() = 1 THEN @GrainStateVersion + 1 WHEN @scheduler_made = 1 THEN 1 ELSE @GrainStateVersion END AS NewGrainStateVersion;');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ClearStorageKey',
'UPDATE OrleansStorage SET PayloadBinary = NULL, Version = Version + 1
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainTypeString = @GrainTypeString
AND GrainIdExtensionString <=> @GrainIdExtensionString AND ServiceId = @ServiceId AND Version = @GrainStateVersion
; SELECT @GrainStateVersion + ROW_COUNT() AS NewGrainStateVersion;');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('DeleteStorageKey',
'DELETE FROM OrleansStorage
WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1 AND GrainTypeString = @GrainTypeString
AND GrainIdExtensionString <=> @GrainIdExtensionString AND ServiceId = @ServiceId AND Version = @GrainStateVersion
; SELECT @GrainStateVersion + ROW_COUNT() AS NewGrainStateVersion;');
