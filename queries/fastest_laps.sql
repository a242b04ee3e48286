-- Who drives the fastest laps? The fastest lap of every race, and how often each driver has held it.

CREATE STREAM IF NOT EXISTS fastest_laps (
    driver VARCHAR KEY, raceId VARCHAR, season INT, constructorId VARCHAR, lap INT, timeMs BIGINT
) WITH (KAFKA_TOPIC = 'fastest-laps', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE TABLE IF NOT EXISTS fastest_lap_of_race
    WITH (KAFKA_TOPIC = 'fastest-lap-of-race', KEY_FORMAT = 'KAFKA') AS
SELECT raceId AS race, MIN(timeMs) AS best_ms, COUNT(*) AS drivers
FROM fastest_laps
WHERE timeMs IS NOT NULL
GROUP BY raceId
EMIT CHANGES;

CREATE TABLE IF NOT EXISTS best_lap_of_driver
    WITH (KAFKA_TOPIC = 'best-lap-of-driver', KEY_FORMAT = 'JSON') AS
SELECT season, driver, MIN(timeMs) AS best_ms, COUNT(*) AS races
FROM fastest_laps
WHERE timeMs IS NOT NULL
GROUP BY season, driver
EMIT CHANGES;
