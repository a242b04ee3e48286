-- Which team changes tyres fastest? The pit-stop league of each season: stops, best and mean time.

CREATE STREAM IF NOT EXISTS pit_stops (
    driver VARCHAR KEY, raceId VARCHAR, season INT, constructorId VARCHAR, stop INT, lap INT,
    durationMs BIGINT
) WITH (KAFKA_TOPIC = 'pit-stops', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON');

CREATE TABLE IF NOT EXISTS pit_stop_league
    WITH (KAFKA_TOPIC = 'pit-stop-league', KEY_FORMAT = 'JSON') AS
SELECT season, constructorId AS constructor,
       COUNT(*) AS stops,
       MIN(durationMs) AS best_ms,
       ROUND(AVG(durationMs)) AS mean_ms
FROM pit_stops
WHERE durationMs IS NOT NULL AND durationMs > 0
GROUP BY season, constructorId
HAVING COUNT(*) >= 5
EMIT CHANGES;
