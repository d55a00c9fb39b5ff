using Npgsql;
using Scheduler.Conformance.Servers;
using Scheduler.Tests.Embedded;

namespace Scheduler.Tests.Handlers;

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class PostgreSqlPollingTests(PostgresServer server)
{
    async Task<(Host Host, string ConnectionString)> StartAsync(string sql, params (string, string)[] settings)
    {
        var connectionString = await server.SchemaAsync();
        await RunAsync(connectionString, sql);
        // The shard's database stands in the name of the database, as it would with many of them.
        var template = new NpgsqlConnectionStringBuilder(connectionString) { Database = "post{database}" }.ConnectionString;
        return (await Sources.StartAsync([("Connections:shop:Dialect", "postgresql"), ("Connections:shop:ConnectionString", template), ("Outbound:AllowLoopback", "true"), .. settings]), connectionString);
    }

    static async Task RunAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    static TaskDefinition Define(string url, string changes = "{}")
    {
        var definition = Sources.Define(url, changes);
        return definition with { Handler = new() { SqlPolling = definition.Handler.SqlPolling! with { Shards = new() { Databases = "gres", Tables = definition.Handler.SqlPolling.Shards.Tables } } } };
    }

    [StoreFact]
    public async Task Everything_arrives_once()
    {
        var (host, _) = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY, customer_id int NOT NULL); INSERT INTO rental SELECT i, i % 10 FROM generate_series(1, 1050) i");
        await using var __ = host;
        await using var receiver = await Receiver.StartAsync();
        var ended = await host.RunAsync(Define(receiver.Url, """{"filter":[{"column":"customer_id","op":">","value":0},{"column":"rental_id","op":"in","value":[1,2,10,1049]}],"pageSize":2}"""));
        Assert.Equal((ExecutionStatus.Succeeded, 3L), (ended.Status, ended.Rows));
        Assert.Equal([1, 2, 1049], receiver.Rows.Select(row => row.GetProperty("rental_id").GetInt32()));
    }

    [StoreFact]
    public async Task Values_keep_their_type_and_every_digit()
    {
        var (host, _) = await StartAsync("""
            CREATE TYPE mood AS ENUM ('sad', 'happy');
            CREATE TABLE rental (rental_id bigint PRIMARY KEY, small smallint, large bigint, exact numeric, money numeric(30, 10), real double precision, yes boolean, text text, uuid uuid, bytes bytea,
                zoned timestamptz, naive timestamp, day date, doc jsonb, list int[], mood mood, none text);
            INSERT INTO rental VALUES (9007199254740993, -5, -9223372036854775808, 123456789012345678901234567890.123456789, 1.5, 0.1, true, 'ä "q" 🚚', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '\x00ff10',
                '2026-01-31 08:00:00.123456+08', '2026-01-31 08:00:00.5', '2026-01-31', '{"a": [1, 2.50]}', '{1,2}', 'happy', NULL);
            INSERT INTO rental (rental_id, real, exact, zoned) VALUES (9223372036854775807, 'NaN', 'NaN', 'infinity');
            """);
        await using var __ = host;
        await using var receiver = await Receiver.StartAsync();
        Assert.Equal(2, (await host.RunAsync(Define(receiver.Url, """{"pageSize":1}"""))).Rows);
        Assert.Equal("""
            {"rental_id":"9007199254740993","small":-5,"large":"-9223372036854775808","exact":"123456789012345678901234567890.123456789","money":"1.5000000000","real":0.1,"yes":true,"text":"ä \"q\" \uD83D\uDE9A","uuid":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","bytes":"AP8Q","zoned":"2026-01-31T00:00:00.123456Z","naive":"2026-01-31T08:00:00.5","day":"2026-01-31","doc":{"a":[1,2.50]},"list":"{1,2}","mood":"happy","none":null}
            """, receiver.Rows.First().GetRawText());
        Assert.Equal(("NaN", "NaN", "infinity"), (receiver.Rows.Last().GetProperty("real").GetString(), receiver.Rows.Last().GetProperty("exact").GetString(), receiver.Rows.Last().GetProperty("zoned").GetString()));
    }

    static readonly Dictionary<string, string> keys = new()
    {
        { "uuid", "SELECT gen_random_uuid() FROM generate_series(1, 250)" },
        { "text", "SELECT md5(i::text) FROM generate_series(1, 250) i" },
        { "numeric", "SELECT i + 0.123456789012345678901234567890 FROM generate_series(1, 250) i" },
        { "timestamptz", "SELECT timestamptz '2026-01-31 08:00:00+08' + i * interval '1 microsecond' FROM generate_series(1, 250) i" },
        { "char(8)", "SELECT i::text FROM generate_series(1, 250) i" },
        { "bigint", "SELECT 9007199254740993 + i FROM generate_series(1, 250) i" },
    };

    [StoreFact]
    public async Task A_key_of_any_ordered_type_works()
    {
        var tables = keys.Select((key, index) => $"CREATE TABLE t_{index} (rental_id {key.Key} PRIMARY KEY); INSERT INTO t_{index} {key.Value};");
        var (host, _) = await StartAsync(string.Join('\n', tables));
        await using var __ = host;
        await using var receiver = await Receiver.StartAsync();
        Assert.Equal(250 * keys.Count, (await host.RunAsync(Define(receiver.Url, $$"""{"pageSize":20,"shards":{"databases":"x","tables":"t_{0..{{keys.Count - 1}}}"} }"""))).Rows);
        foreach (var table in receiver.Arrived.GroupBy(batch => batch.Text("table")))
        {
            var ids = table.SelectMany(batch => batch.Rows).Select(row => row.GetProperty("rental_id").ToString()).ToArray();
            Assert.Equal((250, 250), (ids.Length, ids.Distinct().Count()));
        }
    }

    static readonly Dictionary<string, string> bad = new()
    {
        { """{"shards":{"databases":"x","tables":"t_{0..2}"}}""", """shards: connection "shop": database "gres" has no table "t_0" (0 of 3 expected tables found)""" },
        { """{"keyColumn":"rentalid"}""", """keyColumn: connection "shop": table "gres"."rental" has no column "rentalid". Did you mean "rental_id"?""" },
        { """{"keyColumn":"Rental_id"}""", """keyColumn: connection "shop": table "gres"."rental" has no column "Rental_id". Did you mean "rental_id"?""" },
        { """{"keyColumn":"customer_id"}""", """keyColumn: connection "shop": table "gres"."rental" has column "customer_id", but no primary key or unique index of it alone, in its own order: rows with one key might be passed over""" },
        { """{"keyColumn":"code"}""", """keyColumn: connection "shop": table "gres"."rental": column "code" holds NULL: expected a value in each row""" },
        { """{"timeColumn":"last_update"}""", """timeColumn: connection "shop": table "gres"."rental": column "last_update" holds NULL: expected a value in each row""" },
        { """{"filter":[{"column":"customer_id","op":"=","value":"1; DROP"}]}""", "connection: connection \"shop\": database \"gres\" does not take the query: 22P02: invalid input syntax for type integer: \"1; DROP\"" },
        { """{"where":"(select count(*) from pg_sleep(0)) = 1"}""", """where: expected filter, for connection "shop" takes no conditions in its own words (AllowRawSql is off); got where""" },
    };

    [StoreFact]
    public async Task What_is_wrong_is_told_and_nothing_is_left()
    {
        var (host, _) = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY, customer_id int, code text UNIQUE, last_update timestamptz); INSERT INTO rental VALUES (1, 1, NULL, NULL)");
        await using var __ = host;
        foreach (var (changes, expected) in bad)
            Assert.Equal($"handler.sqlPolling.{expected}{(expected.EndsWith('?') ? "" : ".")} Nothing was created.", (await host.RefusedAsync(Define("http://127.0.0.1:9/", changes))).Message);
    }

    [StoreFact]
    public async Task After_the_full_round_what_changes_arrives()
    {
        var (host, connectionString) = await StartAsync("""
            CREATE TABLE zoned (rental_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int, last_update timestamptz NOT NULL DEFAULT now());
            CREATE TABLE naive (rental_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int, last_update timestamp NOT NULL DEFAULT now());
            INSERT INTO zoned (n) SELECT generate_series(1, 500); INSERT INTO naive (n) SELECT generate_series(1, 500); -- all of them in the same microsecond
            """);
        await using var __ = host;
        await using var receiver = await Receiver.StartAsync();
        var ended = await host.RunAsync(Define(receiver.Url, """{"mode":"fullThenIncremental","lag":"00:00:00","timeColumn":"last_update","columns":["n"],"pageSize":7,"shards":{"databases":"x","tables":"{zoned,naive}"}}"""));
        Assert.Equal((ExecutionStatus.Succeeded, 1000L), (ended.Status, ended.Rows));

        for (var round = 1; round <= 2; round++)
        {
            receiver.Arrived.Clear();
            // The server's own time: both columns are in the zone of whoever reads, which is UTC.
            await RunAsync(connectionString, $"SET TIME ZONE 'UTC'; INSERT INTO zoned (n) SELECT generate_series({round}001, {round}030); UPDATE naive SET n = {round}000 + n, last_update = now() WHERE n <= 20");
            Assert.Equal(50, await RoundAsync());
            Assert.Equal(Enumerable.Range(1, 30).Select(n => round * 1000 + n), Numbers("zoned"));
            receiver.Arrived.Clear();
            Assert.Equal(0, await RoundAsync());
            Assert.Empty(receiver.Arrived);
            await RunAsync(connectionString, "UPDATE naive SET n = n % 1000");
        }

        async Task<long> RoundAsync() => (await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("rentals")).ExecutionId)).Rows;

        IEnumerable<int> Numbers(string table) => receiver.Arrived.Where(batch => batch.Text("table") == table).SelectMany(batch => batch.Rows).Select(row => row.GetProperty("n").GetInt32()).Order();
    }

    [StoreFact]
    public async Task A_time_that_is_NULL_later_ends_the_round_and_is_read_when_it_is_set()
    {
        var (host, connectionString) = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY, last_update timestamptz); INSERT INTO rental VALUES (1, now() - interval '1 minute')");
        await using var __ = host;
        await using var receiver = await Receiver.StartAsync();
        Assert.Equal(1, (await host.RunAsync(Define(receiver.Url, """{"mode":"incremental","timeColumn":"last_update"}"""))).Rows);

        await RunAsync(connectionString, "INSERT INTO rental VALUES (2, NULL)");
        Assert.Equal(ExecutionStatus.Failed, (await RoundAsync()).Status);
        Assert.Equal("""query: connection "shop": table "gres"."rental": column "last_update" holds NULL: expected a value in each row""", (await host.Client.ListShardsAsync("rentals", new())).Items.Single().Error);
        await RunAsync(connectionString, "UPDATE rental SET last_update = now() - interval '6 seconds' WHERE rental_id = 2");
        Assert.Equal(1, (await RoundAsync()).Rows);

        async Task<ExecutionView> RoundAsync() => await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("rentals")).ExecutionId);
    }

    [StoreFact]
    public async Task A_place_to_rewind_to_is_a_key_of_the_table()
    {
        var (host, _) = await StartAsync("CREATE TABLE rental (rental_id uuid PRIMARY KEY); INSERT INTO rental VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')");
        await using var __ = host;
        await using var receiver = await Receiver.StartAsync();
        await host.RunAsync(Define(receiver.Url));
        var refused = await Assert.ThrowsAsync<SchedulerException>(() => host.Client.RewindShardsAsync("rentals", new() { To = RewindTarget.ToKey("abc") }));
        Assert.Equal("to.key: expected a key such as column \"rental_id\" of table \"rental\" holds (uuid), got \"abc\"", refused.Message);
        Assert.Equal(1, (await host.Client.RewindShardsAsync("rentals", new() { To = RewindTarget.ToKey("B0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11") })).Shards);
    }

    [StoreFact]
    public async Task An_epoch_in_another_unit_is_refused()
    {
        var (host, _) = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY, last_update bigint NOT NULL); INSERT INTO rental SELECT 1, extract(epoch FROM now()) * 1000");
        await using var __ = host;
        Assert.EndsWith("as the highest value, which counts in milliseconds. Nothing was created.", (await host.RefusedAsync(Define("http://127.0.0.1:9/", """{"mode":"incremental","timeColumn":"last_update","timeType":"epochSeconds"}"""))).Message);
    }

    [StoreFact]
    public async Task A_database_that_is_not_there_or_does_not_answer_is_told_without_secrets()
    {
        var (host, _) = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY)");
        await using var __ = host;
        var definition = Sources.Define("http://127.0.0.1:9/", """{"shards":{"databases":"{gres,gone}","tables":"rental"}}""");
        Assert.Equal("""handler.sqlPolling.connection: connection "shop": database "gone" cannot be reached: 3D000: database "postgone" does not exist. Nothing was created.""", (await host.RefusedAsync(definition)).Message);

        // A server that takes connections and says nothing.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        await using var waiting = await Sources.StartAsync(("Connections:shop:Dialect", "postgresql"), ("SqlPolling:CheckTimeout", "00:00:01"),
            ("Connections:shop:ConnectionString", $"Host=127.0.0.1;Port={((System.Net.IPEndPoint)silent.LocalEndpoint).Port};Username=u;Password=s3cret;Database=x"), ("Outbound:AllowLoopback", "true"));
        Assert.Equal("""handler.sqlPolling.connection: connection "shop": expected all 1 databases to answer within 00:00:01, 0 did. Nothing was created.""",
            (await waiting.RefusedAsync(Sources.Define("http://127.0.0.1:9/"))).Message);
    }

    [StoreFact]
    public async Task A_condition_in_the_databases_words_cannot_leave_its_statement()
    {
        var (host, connectionString) = await StartAsync("CREATE TABLE rental (rental_id int PRIMARY KEY); INSERT INTO rental SELECT generate_series(1, 10); CREATE TABLE other (id int)", ("Connections:shop:AllowRawSql", "true"));
        await using var __ = host;
        await using var receiver = await Receiver.StartAsync();
        foreach (var attempt in (string[])["1=0; commit; delete from rental", "1=0) ; delete from rental where (1=1", "1=1) union select id from other where (1=1", "$$ = $$", "1=1 /* ", "true) limit 1 --"])
            Assert.StartsWith("handler.sqlPolling.where: expected", (await host.RefusedAsync(Define(receiver.Url, $$"""{"where":"{{attempt}}"}"""))).Message);
        Assert.Equal(5, (await host.RunAsync(Define(receiver.Url, """{"where":"rental_id % 2 = 0"}"""))).Rows);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand("SELECT count(*) FROM rental", connection);
        Assert.Equal(10L, await count.ExecuteScalarAsync());
    }
}
