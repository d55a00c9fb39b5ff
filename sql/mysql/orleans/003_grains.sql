-- States of grains that have them in AddAdoNetGrainStorage. A write names the version that it has seen, null where it saw none; an answer
-- without a row tells of a conflict. The key is the grain's own: the hashes that the provider offers beside it are not needed.
CREATE TABLE OrleansStorage (
    ServiceId VARCHAR(150) NOT NULL,
    GrainTypeString VARCHAR(200) NOT NULL,
    GrainIdN0 BIGINT NOT NULL,
    GrainIdN1 BIGINT NOT NULL,
    GrainIdExtensionString VARCHAR(350) NOT NULL, -- '' where there is none
    PayloadBinary LONGBLOB,
    ModifiedOn DATETIME(6) NOT NULL,
    Version INT NOT NULL,
    PRIMARY KEY (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE /*!80017 utf8mb4_0900_bin */ /*M!100202 utf8mb4_nopad_bin */;

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ReadFromStorageKey', '
    SELECT PayloadBinary, Version FROM OrleansStorage
    WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
        AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''')
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('WriteToStorageKey', '
    UPDATE OrleansStorage SET PayloadBinary = @PayloadBinary, ModifiedOn = UTC_TIMESTAMP(6), Version = Version + 1
        WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
            AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''') AND Version = @GrainStateVersion
    ; SELECT @GrainStateVersion + 1 AS NewGrainStateVersion FROM DUAL WHERE ROW_COUNT() > 0
    ; INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, PayloadBinary, ModifiedOn, Version)
        SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(@GrainIdExtensionString, ''''), @PayloadBinary, UTC_TIMESTAMP(6), 1 FROM DUAL
        WHERE @GrainStateVersion IS NULL AND NOT EXISTS (
            SELECT 1 FROM OrleansStorage
            WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
                AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, ''''))
    ; SELECT 1 AS NewGrainStateVersion FROM DUAL WHERE ROW_COUNT() > 0
');

-- The row stays, so that a late write of an older version still conflicts.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ClearStorageKey', '
    UPDATE OrleansStorage SET PayloadBinary = NULL, ModifiedOn = UTC_TIMESTAMP(6), Version = Version + 1
        WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
            AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''') AND Version = @GrainStateVersion
    ; SELECT @GrainStateVersion + 1 FROM DUAL WHERE ROW_COUNT() > 0
');

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('DeleteStorageKey', '
    DELETE FROM OrleansStorage
        WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
            AND GrainIdExtensionString = COALESCE(@GrainIdExtensionString, '''') AND Version = @GrainStateVersion
    ; SELECT @GrainStateVersion + 1 FROM DUAL WHERE ROW_COUNT() > 0
');
