"""Settings: files, --set, the environment, and their mistakes.

SPDX-License-Identifier: Apache-2.0
"""
import cli


class Config(cli.Case):
    def topics(self, text, status=0, name="config.ini", **options):
        self.write(name, text)
        result = self.run_binary("topics", "create", "laps", "--config", name, **options)
        self.assertEqual(result.status, status, result.err)
        return result.err

    def partitions(self):
        return self.well("topics", "--output", "csv").lines()[1]

    def test_ini(self):
        self.topics("[default]\nsocket.keepalive.enable=true\n[pitwall]\ntopic.partitions=5\n")
        self.assertEqual(self.partitions(), "laps,5,1")

    def test_set_wins_over_environment_wins_over_file(self):
        text = "[pitwall]\ntopic.partitions=5\n"
        self.topics(text, environment={"PITWALL_TOPIC_PARTITIONS": "3"})
        self.assertEqual(self.partitions(), "laps,3,1")
        self.well("topics", "delete", "laps")
        self.well(
            "topics", "create", "laps", "--set", "topic.partitions=2", "--config", "config.ini",
            environment={"PITWALL_TOPIC_PARTITIONS": "3"},
        )
        self.assertEqual(self.partitions(), "laps,2,1")

    def test_properties(self):
        self.topics(
            "listeners=http://0.0.0.0:8088\nksql.service.id=x\nksql.sink.partitions=4\n"
            "ksql.streams.producer.linger.ms=1\n",
            name="ksql-server.properties",
        )
        self.assertEqual(self.partitions(), "laps,4,1")

    def test_mistakes(self):
        err = self.topics("# x\n[pitwall]\ncomit.interval.ms=1\n", 1)
        self.assertIn("config.ini:3: there is no setting comit.interval.ms", err)
        self.assertIn("did you mean commit.interval.ms?", err)
        err = self.topics("[default]\nbootstrap.servrs=x\n", 1)
        self.assertIn("did you mean bootstrap.servers?", err)
        err = self.topics("[pitwall]\ncommit.interval.ms=-4\n", 1)
        self.assertIn('config.ini:2: commit.interval.ms cannot be "-4"', err)
        err = self.topics("[default]\nbootstrap.servers=127.0.0.1:1\nacks=perhaps\n", 1)
        self.assertIn("config.ini:3", err)
        err = self.topics("[pitwal]\n", 1)
        self.assertIn("did you mean [pitwall]?", err)
        self.wrong(1, "cannot read the configuration file no.ini", "topics", "--config", "no.ini")
        self.wrong(1, "has no value", "topics", "--set", "acks")
        self.wrong(1, "--set: there is no setting acsk", "topics", "--set", "acsk=1")
        self.wrong(
            1, "environment variable PITWALL_LOG_LEVL: there is no setting log.levl", "topics",
            environment={"PITWALL_LOG_LEVL": "info"},
        )
        self.wrong(
            1, "exactly_once_v2 is not supported yet", "topics", "--set",
            "processing.guarantee=exactly_once_v2",
        )

    def test_secrets_are_not_shown(self):
        for text in (
            "[default]\nsasl.password=hunter2\nsasl.mechanismus=PLAIN\n",
            "[default]\nsasl.pasword=hunter2\n",
            "[default]\nsasl.password hunter2\n",
            "[default]\nbootstrap.servers=127.0.0.1:1\nsecurity.protocol=SASL_PLAINTEXT\n"
            "sasl.mechanism=PLAIN\nsasl.username=me\nsasl.password=hunter2\n"
            "[pitwall]\nstart.timeout.ms=500\nlog.level=debug\n",
        ):
            self.assertNotIn("hunter2", self.topics(text, 1))

    def test_a_broker_that_is_not_there(self):
        self.wrong(
            1, "127.0.0.1:1", "topics", "--set", "bootstrap.servers=127.0.0.1:1", "--set",
            "start.timeout.ms=500",
        )


cli.main()
