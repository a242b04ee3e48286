-- Every result with the driver's name and country beside it: a stream joined with a table.

CREATE STREAM IF NOT EXISTS race_results (
    race_id VARCHAR KEY, season INT, round INT, session VARCHAR, circuitId VARCHAR, position INT,
    positionText VARCHAR, driverId VARCHAR, constructorId VARCHAR, grid INT, laps INT, timeMs BIGINT,
    points DOUBLE, reasonRetired VARCHAR
) WITH (KAFKA_TOPIC = 'race-results', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE TABLE IF NOT EXISTS drivers (
    id VARCHAR PRIMARY KEY, name VARCHAR, code VARCHAR, dateOfBirth VARCHAR, nationality VARCHAR
) WITH (KAFKA_TOPIC = 'drivers', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE STREAM IF NOT EXISTS results_with_drivers
    WITH (KAFKA_TOPIC = 'results-with-drivers') AS
SELECT r.driverId AS driver, r.race_id AS race, r.season AS season, r.position AS position,
       r.points AS points, d.name AS name, d.nationality AS nationality
FROM race_results r
LEFT JOIN drivers d ON r.driverId = d.id
EMIT CHANGES;

-- A query can read what another one writes: points by nation, from the joined stream.
CREATE TABLE IF NOT EXISTS points_by_nation
    WITH (KAFKA_TOPIC = 'points-by-nation', KEY_FORMAT = 'JSON') AS
SELECT season, nationality, SUM(points) AS points, COUNT(*) AS results
FROM results_with_drivers
GROUP BY season, nationality
EMIT CHANGES;
