using Scheduler.Tests.Embedded;

namespace Scheduler.Tests.Handlers;

/// <summary>What is refused when a task is defined, and with which words; nothing is left behind.</summary>
public sealed class BadDefinitionTests : IAsyncLifetime
{
    const string Url = "http://127.0.0.1:9/batch";

    readonly Sources sources = new();
    Host host = null!;

    public async Task InitializeAsync()
    {
        sources.Run("main", """
            CREATE TABLE rental (rental_id INTEGER PRIMARY KEY, customer_id INTEGER, code TEXT UNIQUE, last_update TEXT, mixed);
            INSERT INTO rental VALUES (1, 1, 'a', '2026-01-31', 1), (2, 1, NULL, NULL, 'one');
            CREATE TABLE keyless (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
            CREATE TABLE words (id INTEGER, t UNIQUE); INSERT INTO words VALUES (1, 1), (2, 'two');
            CREATE TABLE german (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO german VALUES (1, '31.01.2026 08:00'), (2, '31.01.2026 09:00');
            CREATE TABLE two (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO two VALUES (1, '2026-01-31 08:00:00'), (2, '2026-01-31T09:00:00');
            CREATE TABLE amid (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO amid VALUES (1, '2026-01-30T08:00:00'), (2, '2026-01-31 09:00:00'), (3, '2026-01-31T10:00:00');
            CREATE TABLE minutes (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO minutes VALUES (1, '2026-01-31 08:00');
            CREATE TABLE zoned (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO zoned VALUES (1, '2026-01-31T08:00:00+08:00');
            CREATE TABLE epochs (id INTEGER PRIMARY KEY, s INTEGER, ms INTEGER); INSERT INTO epochs VALUES (1, 1769846400, 1769846400000);
            CREATE TABLE folded (id TEXT COLLATE NOCASE NOT NULL); CREATE UNIQUE INDEX folded_id ON folded (id COLLATE BINARY);
            CREATE VIEW twice AS SELECT 1 AS id UNION ALL SELECT 1;
            CREATE TABLE blobs (id BLOB PRIMARY KEY); INSERT INTO blobs VALUES (x'00');
            """);
        foreach (var number in Enumerable.Range(0, 3)) sources.Run($"order_{number}", string.Concat(Enumerable.Range(0, number == 1 ? 3 : 4).Select(table => $"CREATE TABLE t_{table} (id INTEGER PRIMARY KEY);")));
        host = await sources.HostAsync(("Connections:one:Dialect", "sqlite"), ("Connections:one:ConnectionString", $"Data Source={sources.In("main.db")}"), ("Connections:raw:Dialect", "sqlite"),
            ("Connections:raw:ConnectionString", sources.ConnectionString), ("Connections:raw:AllowRawSql", "true"), ("Connections:far:Dialect", "postgresql"),
            ("Connections:far:ConnectionString", "Host=127.0.0.1;Port=1;Username=u;Password=s3cret;Database={database};Timeout=2"));
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        sources.Dispose();
    }

    public static TheoryData<string, string> Bad => new()
    {
        // Connections.
        { """{"connection":"shpo"}""", """connection: expected the name of a connection in the settings (Scheduler:Connections), got "shpo". Did you mean "shop"? Nothing was created.""" },
        { """{"connection":"elsewhere"}""", """connection: expected the name of a connection in the settings (Scheduler:Connections), got "elsewhere". Nothing was created.""" },
        { """{"shards":{"databases":"absent","tables":"rental"}}""", """connection: connection "shop": database "absent" cannot be reached: SQLite Error 14: 'unable to open database file'. Nothing was created.""" },
        { """{"connection":"far"}""", """connection: connection "far": database "main" cannot be reached: Failed to connect to 127.0.0.1:1. Nothing was created.""" },

        // Names of databases that would be something else in a connection string or a path.
        { """{"shards":{"databases":"../main","tables":"rental"}}""", Name("../main") },
        { """{"shards":{"databases":"main;Mode=ReadWriteCreate","tables":"rental"}}""", Name("main;Mode=ReadWriteCreate") },
        { """{"connection":"far","shards":{"databases":"main;Host=evil","tables":"rental"}}""", Name("main;Host=evil") },
        { """{"shards":{"databases":"/etc/passwd","tables":"rental"}}""", Name("/etc/passwd") },
        { """{"shards":{"databases":"a\\b","tables":"rental"}}""", Name("a\\b") },
        { """{"shards":{"databases":"main.db?mode=rwc","tables":"rental"}}""", Name("main.db?mode=rwc") },
        { """{"shards":{"databases":"a..b","tables":"rental"}}""", Name("a..b") },
        { """{"shards":{"databases":"..","tables":"rental"}}""", Name("..") },
        { """{"shards":{"databases":"{main,../x}","tables":"rental"}}""", Name("../x") },
        { """{"shards":{"list":[{"database":"main","table":"rental"},{"database":"ma'in","table":"rental"}]}}""", Name("ma'in") },
        { """{"shards":{"databases":"мain","tables":"rental"}}""", Name("мain") },
        { """{"connection":"one","shards":{"databases":"{main,other}","tables":"rental"}}""", """shards: expected one database, for connection "one" has no {database} in its connection string; got "main" and "other". Nothing was created.""" },

        // Tables and columns.
        { """{"shards":{"databases":"main","tables":"rentals"}}""", """shards: connection "shop": database "main" has no table "rentals" (0 of 1 expected tables found). Nothing was created.""" },
        { """{"shards":{"databases":"order_{0..2}","tables":"t_{0..3}"},"keyColumn":"id"}""", """shards: connection "shop": database "order_1" has no table "t_3" (3 of 4 expected tables found). Nothing was created.""" },
        { """{"shards":{"databases":"main","tables":"rental\"; DROP TABLE rental; --"}}""", """shards: connection "shop": database "main" has no table "rental"; DROP TABLE rental; --" (0 of 1 expected tables found). Nothing was created.""" },
        { """{"shards":{"list":[{"database":"main","table":"rental"},{"database":"main","table":"RENTAL"}]}}""", """shards: expected each table once, got "rental" and "RENTAL" of database "main", which are one table. Nothing was created.""" },
        { """{"keyColumn":"rentalid"}""", """keyColumn: connection "shop": table "main"."rental" has no column "rentalid". Did you mean "rental_id"? Nothing was created.""" },
        { """{"keyColumn":"customer_id"}""", """keyColumn: connection "shop": table "main"."rental" has column "customer_id", but no primary key or unique index of it alone, in its own order: rows with one key might be passed over. Nothing was created.""" },
        { """{"shards":{"databases":"main","tables":"keyless"},"keyColumn":"a"}""", """keyColumn: connection "shop": table "main"."keyless" has column "a", but no primary key or unique index of it alone, in its own order: rows with one key might be passed over. Nothing was created.""" },
        { """{"keyColumn":"code"}""", """keyColumn: connection "shop": table "main"."rental": column "code" holds NULL: expected a value in each row. Nothing was created.""" },
        { """{"shards":{"databases":"main","tables":"words"},"keyColumn":"t"}""", """keyColumn: connection "shop": database "main": column "t" of table "words" holds both number and text: expected numbers alone or text alone, which have one order. Nothing was created.""" },
        { """{"shards":{"databases":"main","tables":"blobs"},"keyColumn":"id"}""", """keyColumn: connection "shop": database "main": column "id" of table "blobs" holds blob: expected numbers alone or text alone, which have one order. Nothing was created.""" },
        { """{"timeColumn":"changed"}""", """timeColumn: connection "shop": table "main"."rental" has no column "changed". Nothing was created.""" },
        { """{"timeColumn":"last_update"}""", """timeColumn: connection "shop": table "main"."rental": column "last_update" holds NULL: expected a value in each row. Nothing was created.""" },
        { """{"timeColumn":"mixed"}""", """timeColumn: connection "shop": database "main": column "mixed" of table "rental" holds both number and text: expected numbers alone or text alone, which have one order. Nothing was created.""" },
        { """{"columns":["rental_id","1; DELETE FROM rental"]}""", """columns[1]: connection "shop": table "main"."rental" has no column "1; DELETE FROM rental". Nothing was created.""" },
        { """{"columns":["rental_id","rental_id"]}""", """columns[1]: expected each column once, got "rental_id" again. Nothing was created.""" },
        { """{"columns":[]}""", "columns: expected 1 to 1000 columns, got 0. Nothing was created." },
        { """{"keyColumn":""}""", "keyColumn: expected 1 to 127 characters, got 0. Nothing was created." },

        { """{"mode":"incremental"}""", "timeColumn: expected the column that says when a row last changed, for mode incremental; got nothing. Nothing was created." },
        { """{"mode":"fullThenIncremental"}""", "timeColumn: expected the column that says when a row last changed, for mode fullThenIncremental; got nothing. Nothing was created." },
        { """{"timeColumn":"rental_id"}""", """timeColumn: connection "shop": database "main": column "rental_id" of table "rental": expected text such as "2026-01-31 08:00:00" in UTC, with one separator in all rows, or another timeType, got numbers. Nothing was created.""" },
        { Timed("german"), Unfit("german", "\"31.01.2026 08:00\"") },
        { Timed("two"), Unfit("two", "\"2026-01-31 08:00:00\" and \"2026-01-31T09:00:00\"") },
        { Timed("amid"), Unfit("amid", "\"2026-01-31T10:00:00\" and \"2026-01-31 09:00:00\"") },
        { Timed("minutes"), Unfit("minutes", "\"2026-01-31 08:00\"") },
        { Timed("zoned"), Unfit("zoned", "\"2026-01-31T08:00:00+08:00\"") },
        { """{"shards":{"databases":"main","tables":"epochs"},"keyColumn":"id","timeColumn":"ms","timeType":"epochSeconds"}""", """timeColumn: connection "shop": database "main": column "ms" of table "epochs": expected epochSeconds, got 1769846400000 as the highest value, which counts in milliseconds. Nothing was created.""" },
        { """{"shards":{"databases":"main","tables":"epochs"},"keyColumn":"id","timeColumn":"s","timeType":"epochMilliseconds"}""", """timeColumn: connection "shop": database "main": column "s" of table "epochs": expected epochMilliseconds, got 1769846400 as the highest value, which counts in seconds. Nothing was created.""" },
        { """{"shards":{"databases":"main","tables":"folded"},"keyColumn":"id"}""", """keyColumn: connection "shop": table "main"."folded" has column "id", but no primary key or unique index of it alone, in its own order: rows with one key might be passed over. Nothing was created.""" },
        { """{"shards":{"databases":"main","tables":"twice"},"keyColumn":"id"}""", """keyColumn: connection "shop": table "main"."twice": column "id" holds one key in several rows of this view: rows with one key might be passed over. Nothing was created.""" },
        { """{"lag":"02:00:00"}""", "lag: expected zero to one hour, got 02:00:00" },

        // Conditions.
        { """{"where":"1 = 1"}""", """where: expected filter, for connection "shop" takes no conditions in its own words (AllowRawSql is off); got where. Nothing was created.""" },
        { """{"connection":"raw","where":"1=0; commit; delete from rental"}""", """where: expected one condition without ";", got one with it. Nothing was created.""" },
        { """{"connection":"raw","where":"1=1) OR (1=1"}""", """where: expected a "(" for each ")", got one without. Nothing was created.""" },
        { """{"connection":"raw","where":"1=1 -- "}""", """where: expected one condition without "--", got one with it. Nothing was created.""" },
        { """{"connection":"raw","where":"(1=1"}""", """where: expected a ")" for each "(", got one without. Nothing was created.""" },
        { """{"connection":"raw","where":"'"}""", "where: expected each quote to be closed, got one that is not. Nothing was created." },
        { """{"connection":"raw","where":" "}""", "where: expected a condition of 1 to 4000 characters, got 1. Nothing was created." },
        { """{"connection":"raw","where":"absent = 1"}""", """connection: connection "raw": database "main" does not take the query: SQLite Error 1: 'no such column: absent'. Nothing was created.""" },
        { """{"filter":[{"column":"customer_id","op":"==","value":1}]}""", """filter[0].op: expected one of "=", "<>", "<", "<=", ">", ">=", "in", "like", "isNull", "isNotNull", got "==". Nothing was created.""" },
        { """{"filter":[{"column":"x OR 1=1","op":"=","value":1}]}""", """filter[0].column: connection "shop": table "main"."rental" has no column "x OR 1=1". Nothing was created.""" },
        { """{"filter":[{"column":"customer_id","op":"="}]}""", "filter[0].value: expected a value, got nothing. Nothing was created." },
        { """{"filter":[{"column":"customer_id","op":"isNull","value":1}]}""", "filter[0].value: expected nothing for isNull, got a value. Nothing was created." },
        { """{"filter":[{"column":"customer_id","op":"in","value":1}]}""", "filter[0].value: expected a list of values, got one value. Nothing was created." },
        { """{"filter":[{"column":"customer_id","op":"in","value":[]}]}""", "filter[0].value: expected 1 to 1000 values, got 0. Nothing was created." },
        { """{"filter":[{"column":"customer_id","op":"=","value":{"a":1}}]}""", "filter[0].value: expected a string, a number, true or false, got something else. Nothing was created." },
        { """{"filter":[{"column":"customer_id","op":"like","value":1}]}""", "filter[0].value: expected a string, got something else. Nothing was created." },

        { """{"filter":[{"column":"customer_id","op":"<","value":1e400}]}""", "filter[0].value: expected a string, a number, true or false, got something else. Nothing was created." },

        // Addresses: more of them in OutboundPolicyTests.
        { """{"post":{"url":"http://10.0.0.1/"}}""", "post.url: expected an address that is not private (Scheduler:Outbound:AllowPrivate is off), got 10.0.0.1. Nothing was created." },
        { """{"post":{"url":"http://169.254.169.254/latest/meta-data"}}""", "post.url: expected an address of a server, got 169.254.169.254, which is link-local, multicast or reserved. Nothing was created." },
        { """{"post":{"url":"file:///etc/passwd"}}""", "post.url: expected http or https, got file. Nothing was created." },
        { """{"post":{"url":"http://u:s3cret@example.com/"}}""", "post.url: expected no user name or password in the URL, got some; send a header with a {secret:name}. Nothing was created." },
        { """{"post":{"url":"http://example.com/{secret:shop}"}}""", "post.url: expected an address as it is, since {secret:name} stands for a setting in headers alone; got one with it. Nothing was created." },
        { """{"post":{"url":"http://example.com/","headers":{"Host":"evil"}}}""", "post.headers.Host: expected a header that the scheduler does not set itself, got one that it does. Nothing was created." },
        { """{"post":{"url":"http://example.com/","headers":{"x-scheduler-signature":"v1=00"}}}""", "post.headers.x-scheduler-signature: expected a header that the scheduler does not set itself, got one that it does. Nothing was created." },
        { """{"post":{"url":"http://example.com/","headers":{"X-A":"a\r\nX-Scheduler-Id: 1"}}}""", "post.headers.X-A: expected printable ASCII, got other characters. Nothing was created." },
        { """{"post":{"url":"http://example.com/","headers":{"X A":"a"}}}""", "post.headers.X A: expected a header's name, got something else. Nothing was created." },
        { """{"post":{"url":"http://example.com/","headers":{"Authorization":"Bearer abc"}}}""", """post.headers.Authorization: expected a reference such as "Bearer {secret:name}" to the setting Scheduler:Secrets:name, got the secret itself. Nothing was created.""" },
        { """{"post":{"url":"http://example.com/","headers":{"Authorization":"Bearer {secret:no}"}}}""", """post.headers.Authorization: expected the name of a secret in the settings (Scheduler:Secrets), got "no". Nothing was created.""" },
        { """{"post":{"url":"http://example.com/","timeout":"00:00:00"}}""", "post.timeout: expected one millisecond to ten minutes, got 00:00:00. Nothing was created." },

        // The shape of a round.
        { """{"pageSize":0}""", "pageSize: expected 1 to 100000, got 0" },
        { """{"batchSize":501}""", "batchSize: expected 1 to pageSize (500), got 501" },
        { """{"threadCount":65}""", "threadCount: expected 1 to 64, got 65" },
        { """{"shards":{"databases":"main"}}""", "shards: expected either databases and tables, or list, or discover; got databases alone" },
        { """{"shards":{"databases":"a","tables":"t{0..999999}"}}""", "shards: expected at most 100000 shards, got 1000000" },
    };

    static string Timed(string table) => $$"""{"shards":{"databases":"main","tables":"{{table}}"},"keyColumn":"id","mode":"incremental","timeColumn":"t"}""";

    static string Unfit(string table, string got) => $"""timeColumn: connection "shop": database "main": column "t" of table "{table}": expected text such as "2026-01-31 08:00:00" in UTC, with one separator in all rows, got {got}. Nothing was created.""";

    static string Name(string got) => $"shards: expected databases named by letters, digits, \"_\", \"-\" and \".\", the first no \".\" or \"-\", and no \"..\"; got \"{got}\". Nothing was created.";

    [Theory, MemberData(nameof(Bad))]
    public async Task What_is_wrong_is_told_and_nothing_is_left(string changes, string expected)
    {
        var refused = await host.RefusedAsync(Sources.Define(Url, changes));
        Assert.Equal($"handler.sqlPolling.{expected}", refused.Message);
        Assert.DoesNotContain("s3cret", refused.ToString().Replace("http://u:s3cret@", ""));
        Assert.Equal(["main.db", "order_0.db", "order_1.db", "order_2.db"], Directory.GetFiles(Path.GetDirectoryName(sources.In("x"))!).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_change_is_held_against_the_sources_where_it_changes_what_is_read()
    {
        await host.Client.CreateTaskAsync(Sources.Define(Url));
        var refused = await Assert.ThrowsAsync<SchedulerException>(() => host.Client.UpdateTaskAsync("rentals", Sources.Define(Url, """{"keyColumn":"nothing"}""")));
        Assert.EndsWith("has no column \"nothing\". Nothing was changed.", refused.Message);
        File.Move(sources.In("main.db"), sources.In("gone.db"));
        Assert.Equal(2, (await host.Client.UpdateTaskAsync("rentals", Sources.Define(Url) with { Priority = 9 })).Version); // the outage does not matter to it
        File.Move(sources.In("gone.db"), sources.In("main.db"));
    }

    [Fact]
    public async Task Where_nobody_serves_it_the_kind_is_refused()
    {
        await using var bare = await Host.StartAsync(_ => { });
        Assert.Equal("handler.sqlPolling: expected a kind that a node serves, got sqlPolling, which none does", (await bare.RefusedAsync(Sources.Define(Url))).Message);
    }

    [Fact]
    public async Task An_outage_after_the_definition_fails_the_page_and_says_where()
    {
        await using var receiver = await Receiver.StartAsync();
        await host.Client.CreateTaskAsync(Sources.Define(receiver.Url));
        File.Delete(sources.In("main.db"));
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("rentals")).ExecutionId);
        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.Equal("query: connection \"shop\": database \"main\" cannot be reached: SQLite Error 14: 'unable to open database file'.", (await host.Client.ListShardsAsync("rentals", new())).Items.Single().Error);
        Assert.False(File.Exists(sources.In("main.db"))); // it is not made anew
    }

    public static TheoryData<string, string, string> BadSettings => new()
    {
        { "Connections:shop:Dialect", "oracle", """Scheduler:Connections:shop:Dialect: expected one of "sqlite", "postgresql", "mysql", got "oracle".""" },
        { "Connections:shop:Dialect", "mysql", """Scheduler:Connections:shop:Dialect: expected one of "sqlite", "postgresql", got "mysql"; this program has no driver for it: a cluster's silo has one, and a host of its own names one, AddSqlPolling(configuration, MySqlConnectorFactory.Instance)""" },
        { "Connections:shop:ConnectionString", "Nonsense=1", "Scheduler:Connections:shop:ConnectionString: expected a connection string for sqlite with Data Source, got something else" },
        { "Connections:shop:ConnectionString", "Data Source=a.db;Password={database}", "Scheduler:Connections:shop:ConnectionString: expected {database} in Data Source alone, got it in Password" },
        { "Connections:shop:AllowRawSql", "yes", "Scheduler:Connections:shop:AllowRawSql: expected true or false, got \"yes\"" },
        { "Outbound:AllowLoopback", "1", "Scheduler:Outbound:AllowLoopback: expected true or false, got \"1\"" },
        { "Outbound:Timeout", "soon", "Scheduler:Outbound:Timeout: expected a duration hh:mm:ss[.fff] such as \"01:30:00\" (days as \"2.00:00:00\"), more than zero, got \"soon\"" },
        { "Outbound:MaxResponseBytes", "-1", "Scheduler:Outbound:MaxResponseBytes: expected a whole number, more than zero, got \"-1\"" },
        { "Signing:Keys:Current", "short", "Scheduler:Signing:Keys:Current: expected at least 16 characters, got 5" },
        { "Signing:Keys:Next", "long enough, but alone", "Scheduler:Signing:Keys:Current: expected a key, since there is a next one; got none" },
    };

    [Theory, MemberData(nameof(BadSettings))]
    public async Task A_setting_that_is_wrong_keeps_the_host_from_starting(string name, string value, string expected) =>
        Assert.Equal(expected.TrimEnd('.'), (await Assert.ThrowsAsync<InvalidOperationException>(() => sources.HostAsync((name, value)))).Message);
}
