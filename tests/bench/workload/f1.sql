-- Filter and project, stateless.
CREATE STREAM laps (driver VARCHAR KEY, raceId INT, constructor VARCHAR, lap INT, position INT, lapTimeMs BIGINT,
                    speed DOUBLE, sector ARRAY<INT>, pit BOOLEAN)
    WITH (KAFKA_TOPIC = '${laps}', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');
CREATE STREAM fast WITH (KAFKA_TOPIC = '${out}', PARTITIONS = 4) AS
    SELECT driver, position, lapTimeMs, speed FROM laps WHERE position <= 3 AND pit = FALSE EMIT CHANGES;
