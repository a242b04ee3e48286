-- Who leads the championship, and which team?

CREATE STREAM results (race VARCHAR KEY, season INT, driver VARCHAR, team VARCHAR, position INT, points DECIMAL(5, 1))
    WITH (KAFKA_TOPIC = 'results', VALUE_FORMAT = 'JSON');

CREATE TABLE standings WITH (KAFKA_TOPIC = 'standings', KEY_FORMAT = 'JSON') AS
SELECT season, driver, SUM(points) AS points, COUNT(*) AS races,
       SUM(CASE WHEN position = 1 THEN 1 ELSE 0 END) AS wins,
       LATEST_BY_OFFSET(team) AS team
FROM results
GROUP BY season, driver
EMIT CHANGES;

-- Only teams with two cars in the points: a row goes when HAVING no longer holds.
CREATE TABLE teams WITH (KAFKA_TOPIC = 'teams') AS
SELECT team, SUM(points) AS points, COUNT(*) AS entries
FROM results
GROUP BY team
HAVING COUNT(*) > 2
EMIT CHANGES;
