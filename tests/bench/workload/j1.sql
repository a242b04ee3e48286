-- Stream-table join: every lap finds its driver, every record goes out.
CREATE STREAM laps (driver VARCHAR KEY, raceId INT, constructor VARCHAR, lap INT, position INT, lapTimeMs BIGINT,
                    speed DOUBLE, sector ARRAY<INT>, pit BOOLEAN)
    WITH (KAFKA_TOPIC = '${laps}', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');
CREATE TABLE drivers (driver VARCHAR PRIMARY KEY, name VARCHAR, team VARCHAR, country VARCHAR)
    WITH (KAFKA_TOPIC = '${drivers}', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');
CREATE STREAM enriched WITH (KAFKA_TOPIC = '${out}', PARTITIONS = 4) AS
    SELECT l.driver AS driver, l.lap AS lap, l.position AS position, l.lapTimeMs AS lapTimeMs,
           d.name AS name, d.team AS team, d.country AS country
    FROM laps l JOIN drivers d ON l.driver = d.driver EMIT CHANGES;
