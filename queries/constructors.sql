-- Which team leads? Points of every constructor in every season, from all its cars.

CREATE STREAM IF NOT EXISTS race_results (
    race_id VARCHAR KEY, season INT, round INT, session VARCHAR, circuitId VARCHAR, position INT,
    positionText VARCHAR, driverId VARCHAR, constructorId VARCHAR, grid INT, laps INT, timeMs BIGINT,
    points DOUBLE, reasonRetired VARCHAR
) WITH (KAFKA_TOPIC = 'race-results', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE TABLE IF NOT EXISTS constructor_standings
    WITH (KAFKA_TOPIC = 'constructor-standings', KEY_FORMAT = 'JSON') AS
SELECT season, constructorId AS constructor, SUM(points) AS points, COUNT(*) AS entries
FROM race_results
GROUP BY season, constructorId
EMIT CHANGES;
