-- Who won when only the best results counted? From 1985 to 1990 a driver kept his eleven best scores of a season and
-- dropped the rest. SCORE is the sum of those eleven, the official one; POINTS the sum of all. For the years that counted
-- another number, change the 11 and the list.

CREATE STREAM IF NOT EXISTS race_results (
    race_id VARCHAR KEY, season INT, round INT, session VARCHAR, circuitId VARCHAR, position INT,
    positionText VARCHAR, driverId VARCHAR, constructorId VARCHAR, grid INT, laps INT, timeMs BIGINT,
    points DOUBLE, reasonRetired VARCHAR
) WITH (KAFKA_TOPIC = 'race-results', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE TABLE IF NOT EXISTS best_results
    WITH (KAFKA_TOPIC = 'best-results', KEY_FORMAT = 'JSON') AS
SELECT season, driverId AS driver,
       TOPK(points, 11) AS best,
       COALESCE(TOPK(points, 11)[1], 0e0) +
           COALESCE(TOPK(points, 11)[2], 0e0) +
           COALESCE(TOPK(points, 11)[3], 0e0) +
           COALESCE(TOPK(points, 11)[4], 0e0) +
           COALESCE(TOPK(points, 11)[5], 0e0) +
           COALESCE(TOPK(points, 11)[6], 0e0) +
           COALESCE(TOPK(points, 11)[7], 0e0) +
           COALESCE(TOPK(points, 11)[8], 0e0) +
           COALESCE(TOPK(points, 11)[9], 0e0) +
           COALESCE(TOPK(points, 11)[10], 0e0) +
           COALESCE(TOPK(points, 11)[11], 0e0) AS score,
       SUM(points) AS points
FROM race_results
GROUP BY season, driverId
EMIT CHANGES;
