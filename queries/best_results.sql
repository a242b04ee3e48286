-- Who would have won when only the best results counted? In the seasons up to 1990 a driver dropped his worst
-- scores. TOPK keeps the best N of each; their sum is the championship score. This counts the eleven best, the rule of 1981
-- to 1990; change the 11 for other years.

CREATE STREAM IF NOT EXISTS race_results (
    race_id VARCHAR KEY, season INT, round INT, session VARCHAR, circuitId VARCHAR, position INT,
    positionText VARCHAR, driverId VARCHAR, constructorId VARCHAR, grid INT, laps INT, timeMs BIGINT,
    points DOUBLE, reasonRetired VARCHAR
) WITH (KAFKA_TOPIC = 'race-results', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE TABLE IF NOT EXISTS best_results
    WITH (KAFKA_TOPIC = 'best-results', KEY_FORMAT = 'JSON') AS
SELECT season, driverId AS driver,
       TOPK(points, 11) AS best,
       SUM(points) AS points
FROM race_results
GROUP BY season, driverId
EMIT CHANGES;
