-- Every pit stop with the driver's name and team beside it; then a table over the joined stream.

CREATE TABLE drivers (id VARCHAR PRIMARY KEY, name VARCHAR, team VARCHAR)
    WITH (KAFKA_TOPIC = 'drivers', VALUE_FORMAT = 'JSON');

CREATE STREAM stops (id VARCHAR KEY, driver VARCHAR, tyres STRUCT<`from` VARCHAR, `to` VARCHAR>, ms INT)
    WITH (KAFKA_TOPIC = 'stops', VALUE_FORMAT = 'JSON');

CREATE STREAM named_stops WITH (KAFKA_TOPIC = 'named-stops') AS
SELECT s.driver AS driver, d.name AS name, d.team AS team, s.tyres->`to` AS tyres, s.ms AS ms
FROM stops s
LEFT JOIN drivers d ON s.driver = d.id
EMIT CHANGES;

CREATE TABLE best_stop WITH (KAFKA_TOPIC = 'best-stop') AS
SELECT COALESCE(team, 'unknown') AS team, MIN(ms) AS best_ms, COUNT(*) AS stops
FROM named_stops
GROUP BY COALESCE(team, 'unknown')
EMIT CHANGES;
