-- How did racing grow? Entries per decade, by the date of the race: event times before 1970 count like any other.

CREATE STREAM IF NOT EXISTS race_dates (
    id VARCHAR KEY, season VARCHAR, round VARCHAR, Races ARRAY<STRUCT<raceName VARCHAR, `date` VARCHAR>>
) WITH (KAFKA_TOPIC = 'tpc-race-data', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE STREAM IF NOT EXISTS dated_races
    WITH (KAFKA_TOPIC = 'dated-races', VALUE_FORMAT = 'JSON') AS
SELECT id, season, Races[1]->raceName AS race,
       PARSE_TIMESTAMP(Races[1]->`date`, 'yyyy-MM-dd') AS held
FROM race_dates
EMIT CHANGES;

CREATE STREAM IF NOT EXISTS races_by_date (id VARCHAR KEY, season VARCHAR, race VARCHAR, held TIMESTAMP)
    WITH (KAFKA_TOPIC = 'dated-races', VALUE_FORMAT = 'JSON', TIMESTAMP = 'held');

CREATE TABLE IF NOT EXISTS races_by_year
    WITH (KAFKA_TOPIC = 'races-by-year', KEY_FORMAT = 'KAFKA') AS
SELECT race, COUNT(*) AS held
FROM races_by_date
WINDOW TUMBLING (SIZE 3650 DAYS, GRACE PERIOD 36500 DAYS)
GROUP BY race
EMIT CHANGES;
