-- Where are races held? Races per country and per circuit, from the nested tpc-race-data topic.

CREATE STREAM IF NOT EXISTS race_calendar (
    id VARCHAR KEY, season VARCHAR, round VARCHAR,
    Races ARRAY<STRUCT<
        raceName VARCHAR,
        Circuit STRUCT<circuitId VARCHAR, circuitName VARCHAR,
                       Location STRUCT<locality VARCHAR, country VARCHAR>>,
        laps INT, `date` VARCHAR>>
) WITH (KAFKA_TOPIC = 'tpc-race-data', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE TABLE IF NOT EXISTS races_by_country
    WITH (KAFKA_TOPIC = 'races-by-country', KEY_FORMAT = 'KAFKA') AS
SELECT Races[1]->Circuit->Location->country AS country, COUNT(*) AS races
FROM race_calendar
GROUP BY Races[1]->Circuit->Location->country
EMIT CHANGES;

CREATE TABLE IF NOT EXISTS races_by_circuit
    WITH (KAFKA_TOPIC = 'races-by-circuit', KEY_FORMAT = 'KAFKA') AS
SELECT Races[1]->Circuit->circuitId AS circuit,
       LATEST_BY_OFFSET(Races[1]->Circuit->circuitName) AS name,
       COUNT(*) AS races,
       LATEST_BY_OFFSET(Races[1]->`date`) AS last_race
FROM race_calendar
GROUP BY Races[1]->Circuit->circuitId
EMIT CHANGES;
