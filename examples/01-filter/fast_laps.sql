-- Which laps were driven at racing speed? A stream of records in, a stream of records out.

CREATE STREAM laps (driver VARCHAR KEY, lap INT, timeMs BIGINT, pit BOOLEAN)
    WITH (KAFKA_TOPIC = 'laps', VALUE_FORMAT = 'JSON');

CREATE STREAM fast_laps WITH (KAFKA_TOPIC = 'fast-laps') AS
SELECT driver, lap, timeMs / 1000.0 AS lap_time, UCASE(driver) AS shown_as
FROM laps
WHERE NOT pit AND timeMs < 92000
EMIT CHANGES;
