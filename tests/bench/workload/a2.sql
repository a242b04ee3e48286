-- The same aggregate on another column: rows move to the task that owns their group.
CREATE STREAM laps (driver VARCHAR KEY, raceId INT, constructor VARCHAR, lap INT, position INT, lapTimeMs BIGINT,
                    speed DOUBLE, sector ARRAY<INT>, pit BOOLEAN)
    WITH (KAFKA_TOPIC = '${laps}', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');
CREATE TABLE best WITH (KAFKA_TOPIC = '${out}', PARTITIONS = 4) AS
    SELECT constructor, COUNT(*) AS n, MIN(lapTimeMs) AS best, AVG(speed) AS avg_speed
    FROM laps GROUP BY constructor EMIT CHANGES;
