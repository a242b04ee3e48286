-- Who leads the championship? Points of every driver in every season, and the number of races they come from.
--
-- Reads race-results (one record per car and race). True to the official table for every season in which all
-- results counted; see best_results.sql for the old ones.

CREATE STREAM IF NOT EXISTS race_results (
    race_id VARCHAR KEY, season INT, round INT, session VARCHAR, circuitId VARCHAR, position INT,
    positionText VARCHAR, driverId VARCHAR, constructorId VARCHAR, grid INT, laps INT, timeMs BIGINT,
    points DOUBLE, reasonRetired VARCHAR
) WITH (KAFKA_TOPIC = 'race-results', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE TABLE IF NOT EXISTS standings
    WITH (KAFKA_TOPIC = 'standings', KEY_FORMAT = 'JSON') AS
SELECT season, driverId AS driver, SUM(points) AS points, COUNT(*) AS races
FROM race_results
GROUP BY season, driverId
EMIT CHANGES;
