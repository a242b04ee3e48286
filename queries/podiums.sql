-- How often has each driver won, stood on the podium, started from the front and retired?

CREATE STREAM IF NOT EXISTS race_results (
    race_id VARCHAR KEY, season INT, round INT, session VARCHAR, circuitId VARCHAR, position INT,
    positionText VARCHAR, driverId VARCHAR, constructorId VARCHAR, grid INT, laps INT, timeMs BIGINT,
    points DOUBLE, reasonRetired VARCHAR
) WITH (KAFKA_TOPIC = 'race-results', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE TABLE IF NOT EXISTS podiums
    WITH (KAFKA_TOPIC = 'podiums', KEY_FORMAT = 'KAFKA') AS
SELECT driverId AS driver,
       COUNT(*) AS starts,
       SUM(CASE WHEN position = 1 THEN 1 ELSE 0 END) AS wins,
       SUM(CASE WHEN position <= 3 THEN 1 ELSE 0 END) AS podiums,
       SUM(CASE WHEN grid = 1 THEN 1 ELSE 0 END) AS poles,
       SUM(CASE WHEN reasonRetired IS NOT NULL THEN 1 ELSE 0 END) AS retirements
FROM race_results
WHERE session = 'RACE'
GROUP BY driverId
EMIT CHANGES;
