using MySqlConnector;
using Scheduler.Conformance.Servers;
using Scheduler.Tests.Embedded;
using Scheduler.Tests.Handlers;

namespace Scheduler.Cluster.Tests.MySql;

/// <summary>The kind <c>sqlPolling</c> on tables of MariaDB.</summary>
[Collection("MariaDB"), NeedsMariaDb]
public sealed class MySqlPollingTests(MariaDbServer server)
{
    string database = "", connectionString = "";

    async Task<Host> StartAsync(string sql, params (string, string)[] settings)
    {
        connectionString = await server.DatabaseAsync();
        database = new MySqlConnectionStringBuilder(connectionString).Database;
        await RunAsync(sql);
        // The shard's database stands in the name of the database, as it would with many of them.
        var template = new MySqlConnectionStringBuilder(connectionString) { Database = "{database}" }.ConnectionString;
        return await Sources.StartAsync(MySqlConnectorFactory.Instance,
            [("Connections:shop:Dialect", "mysql"), ("Connections:shop:ConnectionString", template), ("Outbound:AllowLoopback", "true"), .. settings]);
    }

    async Task RunAsync(string sql)
    {
        await using var connection = new MySqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    TaskDefinition Define(string url, string changes = "{}")
    {
        var definition = Sources.Define(url, changes);
        return definition with { Handler = new() { SqlPolling = definition.Handler.SqlPolling! with { Shards = new() { Databases = database, Tables = definition.Handler.SqlPolling.Shards.Tables } } } };
    }

    [StoreFact]
    public async Task Everything_arrives_once()
    {
        await using var host = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY, customer_id int NOT NULL); INSERT INTO rental SELECT seq, seq % 10 FROM seq_1_to_1050");
        await using var receiver = await Receiver.StartAsync();
        Assert.Equal(1050, (await host.RunAsync(Define(receiver.Url, """{"pageSize":100}"""))).Rows);
        Assert.Equal(Enumerable.Range(1, 1050), receiver.Rows.Select(row => row.GetProperty("rental_id").GetInt32()).Order());
    }

    [StoreFact]
    public async Task Filters_are_parameters()
    {
        await using var host = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY, customer_id decimal(30,10) NOT NULL); INSERT INTO rental SELECT seq, seq % 10 + 0.1 FROM seq_1_to_1050");
        await using var receiver = await Receiver.StartAsync();
        var ended = await host.RunAsync(Define(receiver.Url, """{"filter":[{"column":"customer_id","op":">","value":0.1},{"column":"rental_id","op":"in","value":[1,2,10,1049]}],"pageSize":2}"""));
        Assert.Equal((ExecutionStatus.Succeeded, 3L), (ended.Status, ended.Rows));
        Assert.Equal([1, 2, 1049], receiver.Rows.Select(row => row.GetProperty("rental_id").GetInt32()));
    }

    [StoreFact]
    public async Task Values_keep_their_type_and_every_digit()
    {
        await using var host = await StartAsync("""
            CREATE TABLE rental (rental_id bigint unsigned PRIMARY KEY, tiny tinyint(1), large bigint, exact decimal(28,9), money decimal(20,10), rough float, fine double, bits bit(10),
                text varchar(50), uuid char(36), bytes varbinary(5), stamp datetime(6), plain datetime, day date, hours time(3), doc json, mood enum('sad', 'happy'), years year, none text);
            INSERT INTO rental VALUES (9007199254740993, 2, -9223372036854775808, 1234567890123456789.123456789, 1.5, 0.1, 0.1, b'1000000001', 'ä "q" 🚚', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', x'00ff10',
                '2026-01-31 08:00:00.123456', '2026-01-31 08:00:00', '2026-01-31', '-100:00:00.5', '{"a": [1, 2.50]}', 'happy', 2026, NULL);
            SET sql_mode = '';
            INSERT INTO rental (rental_id, uuid, plain) VALUES (18446744073709551615, 'no uuid', '0000-00-00');
            """);
        await using var receiver = await Receiver.StartAsync();
        Assert.Equal(2, (await host.RunAsync(Define(receiver.Url, """{"pageSize":1}"""))).Rows);
        Assert.Equal("""
            {"rental_id":"9007199254740993","tiny":2,"large":"-9223372036854775808","exact":"1234567890123456789.123456789","money":"1.5000000000","rough":0.1,"fine":0.1,"bits":513,"text":"ä \"q\" \uD83D\uDE9A","uuid":"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11","bytes":"AP8Q","stamp":"2026-01-31T08:00:00.123456","plain":"2026-01-31T08:00:00","day":"2026-01-31","hours":"-100:00:00.500000","doc":"{\"a\": [1, 2.50]}","mood":"happy","years":2026,"none":null}
            """, receiver.Rows.First().GetRawText());
        Assert.Equal(("18446744073709551615", "no uuid", "0000-00-00"), (receiver.Rows.Last().GetProperty("rental_id").GetString(), receiver.Rows.Last().GetProperty("uuid").GetString(), receiver.Rows.Last().GetProperty("plain").GetString()));
    }

    [StoreFact]
    public async Task A_decimal_that_would_lose_digits_is_refused()
    {
        await using var host = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY, exact decimal(40,20)); INSERT INTO rental VALUES (1, 12345678901234567890.12345678901234567891)");
        await using var receiver = await Receiver.StartAsync();
        Assert.Equal(ExecutionStatus.Failed, (await host.RunAsync(Define(receiver.Url))).Status);
        Assert.Contains("column \"exact\": expected decimals of at most 28 digits", (await host.Client.ListShardsAsync("rentals", new())).Items.Single().Error, StringComparison.Ordinal);
        Assert.Empty(receiver.Arrived);
    }

    static readonly Dictionary<string, string> keys = new()
    {
        { "char(36)", "SELECT UUID() FROM seq_1_to_250" },
        { "varchar(40) COLLATE utf8mb4_general_ci", "SELECT MD5(seq) FROM seq_1_to_250" },
        { "varchar(40) CHARACTER SET latin1", "SELECT CONCAT('ä', MD5(seq)) FROM seq_1_to_250" },
        { "decimal(28,9)", "SELECT seq / 7 FROM seq_1_to_250" },
        { "double", "SELECT SQRT(seq) FROM seq_1_to_250" },
        { "datetime(6)", "SELECT TIMESTAMP'2026-01-31 08:00:00' + INTERVAL seq MICROSECOND FROM seq_1_to_250" },
        { "date", "SELECT DATE'2026-01-31' + INTERVAL seq DAY FROM seq_1_to_250" },
        { "time", "SELECT SEC_TO_TIME((CAST(seq AS SIGNED) - 125) * 10000) FROM seq_1_to_250" },
        { "bigint unsigned", "SELECT 18446744073709551615 - seq FROM seq_1_to_250" },
        { "uuid", "SELECT UUID() FROM seq_1_to_250" },
    };

    [StoreFact]
    public async Task A_key_of_any_ordered_type_works()
    {
        await using var host = await StartAsync(string.Join('\n', keys.Select((key, index) => $"CREATE TABLE t_{index} (rental_id {key.Key} PRIMARY KEY); INSERT INTO t_{index} {key.Value};")));
        await using var receiver = await Receiver.StartAsync();
        var ended = await host.RunAsync(Define(receiver.Url, $$"""{"pageSize":20,"shards":{"databases":"x","tables":"t_{0..{{keys.Count - 1}}}"} }"""));
        Assert.Empty((await host.Client.ListShardsAsync("rentals", new())).Items.Where(shard => shard.Error is not null).Select(shard => $"{keys.Keys.ElementAt(int.Parse(shard.Table[2..], null))}: {shard.Error}"));
        Assert.Equal((ExecutionStatus.Succeeded, 250L * keys.Count), (ended.Status, ended.Rows));
        foreach (var table in receiver.Arrived.GroupBy(batch => batch.Text("table")))
        {
            var ids = table.SelectMany(batch => batch.Rows).Select(row => row.GetProperty("rental_id").ToString()).ToArray();
            Assert.Equal((250, 250), (ids.Length, ids.Distinct().Count()));
        }
    }

    [StoreFact]
    public async Task What_is_wrong_is_told_and_nothing_is_left()
    {
        await using var host = await StartAsync("""
            CREATE TABLE rental (rental_id int PRIMARY KEY, customer_id int, code varchar(20) UNIQUE, rough float UNIQUE, mood enum('b', 'a') UNIQUE, raw binary(16) UNIQUE, words varchar(30), last_update datetime);
            INSERT INTO rental VALUES (1, 1, NULL, 1, 'a', '', 'x', NULL)
            """);
        foreach (var (changes, expected) in new Dictionary<string, string>
        {
            { """{"shards":{"databases":"x","tables":"t_{0..2}"}}""", $"""shards: connection "shop": database "{database}" has no table "t_0" (0 of 3 expected tables found)""" },
            { """{"keyColumn":"rentalid"}""", $"""keyColumn: connection "shop": table "{database}"."rental" has no column "rentalid". Did you mean "rental_id"?""" },
            { """{"keyColumn":"customer_id"}""", $"""keyColumn: connection "shop": table "{database}"."rental" has column "customer_id", but no primary key or unique index of it alone, in its own order: rows with one key might be passed over""" },
            { """{"keyColumn":"code"}""", $"""keyColumn: connection "shop": table "{database}"."rental": column "code" holds NULL: expected a value in each row""" },
            { """{"keyColumn":"rough"}""", $"""keyColumn: connection "shop": database "{database}": column "rough" of table "rental": expected numbers, text or times, which are compared as they are ordered, got float""" },
            { """{"keyColumn":"mood"}""", $"""keyColumn: connection "shop": database "{database}": column "mood" of table "rental": expected numbers, text or times, which are compared as they are ordered, got enum""" },
            { """{"keyColumn":"raw"}""", $"""keyColumn: connection "shop": database "{database}": column "raw" of table "rental": expected numbers, text or times, which are compared as they are ordered, got binary""" },
            { """{"timeColumn":"last_update"}""", $"""timeColumn: connection "shop": table "{database}"."rental": column "last_update" holds NULL: expected a value in each row""" },
            { """{"timeColumn":"words"}""", $"""timeColumn: connection "shop": database "{database}": column "words" of table "rental": expected a timestamp, got varchar(30)""" },
            { """{"filter":[{"column":"absent","op":"=","value":1}]}""", $"""filter[0].column: connection "shop": table "{database}"."rental" has no column "absent".""" },
            { """{"where":"(select count(*) from mysql.user) = 1"}""", """where: expected filter, for connection "shop" takes no conditions in its own words (AllowRawSql is off); got where""" },
        })
            Assert.Equal($"handler.sqlPolling.{expected}{(expected.EndsWith('?') || expected.EndsWith('.') ? "" : ".")} Nothing was created.", (await host.RefusedAsync(Define("http://127.0.0.1:9/", changes))).Message);
    }

    [StoreFact]
    public async Task After_the_full_round_what_changes_arrives()
    {
        await using var host = await StartAsync("""
            CREATE TABLE fine (rental_id char(36) PRIMARY KEY DEFAULT UUID(), n int, last_update datetime(6) NOT NULL DEFAULT now(6), KEY (last_update, rental_id));
            CREATE TABLE coarse (rental_id bigint unsigned PRIMARY KEY AUTO_INCREMENT, n int, last_update timestamp NOT NULL DEFAULT now());
            INSERT INTO fine (n) SELECT seq FROM seq_1_to_500; INSERT INTO coarse (n, last_update) SELECT seq, now() - INTERVAL 1 MINUTE FROM seq_1_to_500 -- what is of the second that is polled arrives once more
            """);
        await using var receiver = await Receiver.StartAsync();
        var ended = await host.RunAsync(Define(receiver.Url, """{"mode":"fullThenIncremental","lag":"00:00:00","timeColumn":"last_update","columns":["n"],"pageSize":7,"shards":{"databases":"x","tables":"{fine,coarse}"}}"""));
        Assert.Equal((ExecutionStatus.Succeeded, 1000L), (ended.Status, ended.Rows));

        for (var round = 1; round <= 2; round++)
        {
            receiver.Arrived.Clear();
            await RunAsync($"INSERT INTO fine (n) SELECT {round}000 + seq FROM seq_1_to_30; UPDATE coarse SET n = {round}000 + n, last_update = now() WHERE n <= 20");
            await SettleAsync(50);
            Assert.Equal(Enumerable.Range(1, 30).Select(n => round * 1000 + n), Numbers("fine"));
            Assert.Equal(Enumerable.Range(1, 20).Select(n => round * 1000 + n), Numbers("coarse"));
            receiver.Arrived.Clear();
            Assert.Equal(0, await RoundAsync());
            Assert.Empty(receiver.Arrived);
            await RunAsync("UPDATE coarse SET n = n % 1000");
        }

        // A second is polled when it is over, by the server's clock: so the first round may come too early.
        async Task SettleAsync(long rows)
        {
            for (var deadline = DateTime.UtcNow.AddSeconds(20); rows > 0 && DateTime.UtcNow < deadline;) rows -= await RoundAsync();
            Assert.Equal(0, rows);
        }

        async Task<long> RoundAsync() => (await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("rentals")).ExecutionId)).Rows;

        IEnumerable<int> Numbers(string table) => receiver.Arrived.Where(batch => batch.Text("table") == table).SelectMany(batch => batch.Rows).Select(row => row.GetProperty("n").GetInt32()).Where(n => n > 1000).Distinct().Order();
    }

    [StoreFact]
    public async Task A_time_that_is_NULL_later_ends_the_round_and_is_read_when_it_is_set()
    {
        await using var host = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY, last_update datetime); INSERT INTO rental VALUES (1, now() - INTERVAL 1 MINUTE)");
        await using var receiver = await Receiver.StartAsync();
        Assert.Equal(1, (await host.RunAsync(Define(receiver.Url, """{"mode":"incremental","timeColumn":"last_update"}"""))).Rows);

        await RunAsync("INSERT INTO rental VALUES (2, NULL)");
        Assert.Equal(ExecutionStatus.Failed, (await RoundAsync()).Status);
        Assert.Equal($"""query: connection "shop": table "{database}"."rental": column "last_update" holds NULL: expected a value in each row""", (await host.Client.ListShardsAsync("rentals", new())).Items.Single().Error);
        await RunAsync("UPDATE rental SET last_update = now() - INTERVAL 7 SECOND WHERE rental_id = 2");
        Assert.Equal(1, (await RoundAsync()).Rows);

        async Task<ExecutionView> RoundAsync() => await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("rentals")).ExecutionId);
    }

    [StoreFact]
    public async Task A_place_to_rewind_to_is_a_key_of_the_table()
    {
        await using var host = await StartAsync("CREATE TABLE rental (rental_id bigint PRIMARY KEY); INSERT INTO rental VALUES (1)");
        await using var receiver = await Receiver.StartAsync();
        await host.RunAsync(Define(receiver.Url));
        var refused = await Assert.ThrowsAsync<SchedulerException>(() => host.Client.RewindShardsAsync("rentals", new() { To = RewindTarget.ToKey("abc") }));
        Assert.Equal("to.key: expected a key such as column \"rental_id\" of table \"rental\" holds (bigint(20)), got \"abc\"", refused.Message);
    }

    [StoreFact]
    public async Task A_database_that_is_not_there_is_told_without_secrets()
    {
        await using var host = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY)");
        Assert.Equal("""handler.sqlPolling.connection: connection "shop": database "gone" cannot be reached: Unknown database 'gone'. Nothing was created.""",
            (await host.RefusedAsync(Sources.Define("http://127.0.0.1:9/", """{"shards":{"databases":"gone","tables":"rental"}}"""))).Message);
    }

    [StoreFact]
    public async Task A_condition_in_the_databases_words_cannot_leave_its_statement()
    {
        await using var host = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY); INSERT INTO rental SELECT seq FROM seq_1_to_10; CREATE TABLE other (id int)", ("Connections:shop:AllowRawSql", "true"));
        await using var receiver = await Receiver.StartAsync();
        foreach (var attempt in (string[])["1=0; commit; delete from rental", "1=0) ; delete from rental where (1=1", "1=1) union select id from other where (1=1", "1=1 /*! or 1 */", "true) limit 1 #", "'\\\\' = ' or sleep(1) -- '", "1=@@version"])
            Assert.StartsWith("handler.sqlPolling.where: expected", (await host.RefusedAsync(Define(receiver.Url, $$"""{"where":"{{attempt}}"}"""))).Message, StringComparison.Ordinal);
        Assert.Equal(5, (await host.RunAsync(Define(receiver.Url, """{"where":"rental_id % 2 = 0"}"""))).Rows);
        await RunAsync("INSERT INTO rental VALUES (11)"); // and the table is there
    }
}
