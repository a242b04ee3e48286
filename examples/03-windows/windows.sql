-- How fast is each car, minute by minute?

CREATE STREAM speeds (car VARCHAR KEY, kmh DOUBLE)
    WITH (KAFKA_TOPIC = 'speeds', VALUE_FORMAT = 'JSON');

-- Windows that touch: 20 seconds each. A row may come 30 seconds late.
CREATE TABLE top_speed WITH (KAFKA_TOPIC = 'top-speed') AS
SELECT car, MAX(kmh) AS top, COUNT(*) AS samples
FROM speeds
WINDOW TUMBLING (SIZE 20 SECONDS, GRACE PERIOD 30 SECONDS)
GROUP BY car
EMIT CHANGES;

-- Windows that overlap: a minute each, one begins every 30 seconds.
CREATE TABLE mean_speed WITH (KAFKA_TOPIC = 'mean-speed') AS
SELECT car, ROUND(AVG(kmh), 1) AS mean
FROM speeds
WINDOW HOPPING (SIZE 60 SECONDS, ADVANCE BY 30 SECONDS, GRACE PERIOD 1 HOUR)
GROUP BY car
EMIT CHANGES;
