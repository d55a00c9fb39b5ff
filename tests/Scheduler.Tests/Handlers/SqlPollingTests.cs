using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Scheduler.Conformance.Servers;

namespace Scheduler.Tests.Handlers;

public sealed class SqlPollingTests
{
    const string Rentals = """
        CREATE TABLE rental (rental_id INTEGER PRIMARY KEY, inventory_id INTEGER NOT NULL, customer_id INTEGER NOT NULL, last_update TEXT NOT NULL);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1050)
        INSERT INTO rental SELECT i, i * 7, i % 10, '2026-01-31 08:00:00' FROM n;
        """;

    static IEnumerable<long> Ids(Receiver receiver, string column = "rental_id") => receiver.Rows.Select(row => row.GetProperty(column).GetInt64());

    [Fact]
    public async Task Everything_arrives_once_in_batches()
    {
        using var sources = new Sources().Run("main", Rentals);
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();

        var ended = await host.RunAsync(Sources.Define(receiver.Url, """
            {"timeColumn":"last_update","columns":["rental_id","inventory_id","last_update"],"filter":[{"column":"customer_id","op":">","value":0}],"pageSize":200,"batchSize":50,"threadCount":2}
            """));

        Assert.Equal((ExecutionStatus.Succeeded, 945L), (ended.Status, ended.Rows));
        Assert.Equal(Enumerable.Range(1, 1050).Where(id => id % 10 > 0).Select(id => (long)id), Ids(receiver).Order());
        Assert.All(receiver.Arrived, batch => Assert.InRange(batch.Rows.Count(), 1, 50));
        var first = receiver.Arrived.Single(batch => batch.Rows.First().GetProperty("rental_id").GetInt64() == 1);
        Assert.Equal(["task", "execution", "database", "table", "fencingToken", "attempt", "rows"], first.Json.EnumerateObject().Select(each => each.Name));
        Assert.Equal(("rentals", ended.Id, "main", "rental", 1), (first.Text("task"), first.Text("execution"), first.Text("database"), first.Text("table"), first.Json.GetProperty("attempt").GetInt32()));
        Assert.True(first.Json.GetProperty("fencingToken").GetInt64() > 0);
        Assert.Equal("""{"rental_id":1,"inventory_id":7,"last_update":"2026-01-31 08:00:00"}""", first.Rows.First().GetRawText());
        Assert.Equal("application/json", first.Headers["Content-Type"]);
        Assert.False(first.Headers.ContainsKey("X-Scheduler-Signature")); // there is no key
    }

    [Fact]
    public async Task Each_shard_is_a_table_of_its_own_database_and_a_second_round_begins_anew()
    {
        using var sources = new Sources();
        foreach (var database in (string[])["order_0", "order_1", "order_2"])
            foreach (var table in (string[])["t_0", "t_1"])
                sources.Run(database, $"CREATE TABLE {table} (id INTEGER PRIMARY KEY, origin TEXT); INSERT INTO {table} VALUES (1, '{database}.{table}'), (2, '{database}.{table}');");
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();
        var definition = Sources.Define(receiver.Url, """{"shards":{"databases":"order_{0..2}","tables":"t_{0..1}"},"keyColumn":"id"}""");

        Assert.Equal(12, (await host.RunAsync(definition)).Rows);
        Assert.All(receiver.Arrived, batch => Assert.All(batch.Rows, row => Assert.Equal($"{batch.Text("database")}.{batch.Text("table")}", row.GetProperty("origin").GetString())));
        Assert.Equal(6, receiver.Arrived.Count);
        var again = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("rentals")).ExecutionId);
        Assert.Equal((12L, 12), (again.Rows, receiver.Arrived.Count));
        Assert.Equal(6, (await host.Client.ListShardsAsync("rentals", new())).Items.Count);
    }

    [Fact]
    public async Task Values_keep_their_type_and_every_digit()
    {
        using var sources = new Sources().Run("main", """
            CREATE TABLE rental (rental_id INTEGER PRIMARY KEY, small INTEGER, large INTEGER, real REAL, text TEXT, bytes BLOB, none TEXT, doc JSON, "odd ""name" TEXT);
            INSERT INTO rental VALUES (1, -5, 9007199254740993, 0.1, 'ä "quoted" 🚚', x'00ff10', NULL, '{"a":[1,2]}', 'x');
            INSERT INTO rental VALUES (9223372036854775807, 9007199254740991, -9223372036854775808, 9e999, '', x'', NULL, 'not json', 'y');
            """);
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();
        Assert.Equal(2, (await host.RunAsync(Sources.Define(receiver.Url, """{"pageSize":1}"""))).Rows);
        Assert.Equal("""{"rental_id":1,"small":-5,"large":"9007199254740993","real":0.1,"text":"ä \"quoted\" \uD83D\uDE9A","bytes":"AP8Q","none":null,"doc":{"a":[1,2]},"odd \"name":"x"}""", receiver.Rows.First().GetRawText());
        Assert.Equal("""{"rental_id":"9223372036854775807","small":9007199254740991,"large":"-9223372036854775808","real":"Infinity","text":"","bytes":"","none":null,"doc":"not json","odd \"name":"y"}""", receiver.Rows.Last().GetRawText());
        Assert.Equal("9223372036854775807", (await host.Client.ListShardsAsync("rentals", new())).Items.Single().Cursor.Key);
    }

    [Fact]
    public async Task Text_keys_are_read_in_the_databases_order()
    {
        using var sources = new Sources().Run("main", "CREATE TABLE rental (rental_id TEXT PRIMARY KEY); INSERT INTO rental VALUES ('10'), ('9'), ('a'), ('B'), ('é'), ('it''s'), ('');");
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();
        Assert.Equal(7, (await host.RunAsync(Sources.Define(receiver.Url, """{"pageSize":2}"""))).Rows);
        Assert.Equal(["", "10", "9", "B", "a", "it's", "é"], receiver.Rows.Select(row => row.GetProperty("rental_id").GetString()));
    }

    public static TheoryData<string, int> FilterRows => new()
    {
        { """{"column":"customer_id","op":"=","value":3}""", 105 },
        { """{"column":"customer_id","op":"<>","value":3}""", 945 },
        { """{"column":"customer_id","op":"<","value":3}""", 315 },
        { """{"column":"customer_id","op":"<=","value":3}""", 420 },
        { """{"column":"customer_id","op":">=","value":3}""", 735 },
        { """{"column":"customer_id","op":"in","value":[1,2,77]}""", 210 },
        { """{"column":"customer_id","op":"isNull"}""", 0 },
        { """{"column":"customer_id","op":"isNotNull"}""", 1050 },
        { """{"column":"last_update","op":"like","value":"2026-01%"}""", 1050 },
        { """{"column":"last_update","op":"=","value":"' OR 1=1 --"}""", 0 },
        { """{"column":"rental_id","op":">","value":1000},{"column":"customer_id","op":"=","value":0}""", 5 },
    };

    [Theory, MemberData(nameof(FilterRows))]
    public async Task A_filter_is_a_parameter(string filter, int rows)
    {
        using var sources = new Sources().Run("main", Rentals);
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();
        var ended = await host.RunAsync(Sources.Define(receiver.Url, $$"""{"filter":[{{filter}}]}"""));
        Assert.Equal((ExecutionStatus.Succeeded, rows), (ended.Status, Ids(receiver).Distinct().Count()));
    }

    [Fact]
    public async Task A_condition_in_the_databases_words_works_where_the_connection_is_marked()
    {
        using var sources = new Sources().Run("main", Rentals);
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync(("Connections:shop:AllowRawSql", "true"));
        await host.RunAsync(Sources.Define(receiver.Url, """{"where":"customer_id = 3 OR last_update = 'it''s'","pageSize":10}"""));
        Assert.Equal(105, Ids(receiver).Distinct().Count());
        Assert.Equal(105, receiver.Rows.Count());
    }

    [Fact]
    public async Task Rows_that_the_answer_names_are_sent_again_alone()
    {
        using var sources = new Sources().Run("main", Rentals);
        var refused = 0;
        await using var receiver = await Receiver.StartAsync(batch =>
        {
            var rows = batch.Rows.ToList();
            var index = rows.FindIndex(row => row.GetProperty("rental_id").GetInt64() == 7);
            return index < 0 || Interlocked.Increment(ref refused) > 1 ? Results.Ok(new { failed = Array.Empty<object>() }) : Results.Ok(new { failed = new[] { new { index, error = "the index is full" } } });
        });
        await using var host = await sources.HostAsync();
        var ended = await host.RunAsync(Sources.Define(receiver.Url, """{"pageSize":100,"batchSize":20}"""));
        Assert.Equal((ExecutionStatus.Succeeded, 1050L), (ended.Status, ended.Rows));
        Assert.Equal([7L, 7L], Ids(receiver).GroupBy(id => id).Where(group => group.Count() > 1).SelectMany(group => group)); // no other row came twice
        var again = receiver.Arrived.Single(batch => batch.Json.GetProperty("attempt").GetInt32() == 2);
        Assert.Equal(7, Assert.Single(again.Rows).GetProperty("rental_id").GetInt64());
    }

    [Fact]
    public async Task A_row_that_always_fails_ends_the_round_with_its_key_and_reason()
    {
        using var sources = new Sources().Run("main", Rentals);
        await using var receiver = await Receiver.StartAsync(batch =>
            batch.Rows.ToList().FindIndex(row => row.GetProperty("rental_id").GetInt64() == 7) is >= 0 and var index ? Results.Json(new { failed = new[] { new { index, error = "no such\ninventory" } } }) : Results.Ok());
        await using var host = await sources.HostAsync();
        Assert.Equal(ExecutionStatus.Failed, (await host.RunAsync(Sources.Define(receiver.Url))).Status);
        var shard = (await host.Client.ListShardsAsync("rentals", new())).Items.Single();
        Assert.Equal((ShardStatus.Failed, "6", "row 7: no such inventory"), (shard.Status, shard.Cursor.Key, shard.Error));
    }

    [Theory]
    [InlineData("timestamp", "'2020-01-31 08:00:0{0}'")]
    [InlineData("timestamp", "'2020-01-31T08:00:0{0}.5Z'")]
    [InlineData("epochSeconds", "158045760{0}")]
    [InlineData("epochMilliseconds", "158045760{0}000")]
    public async Task Changes_are_read_in_the_order_of_time_and_key(string type, string time)
    {
        using var sources = new Sources().Run("main", "CREATE TABLE rental (rental_id INTEGER PRIMARY KEY, last_update NOT NULL); " +
            $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO rental SELECT i, {string.Format(time, 1)} FROM n;");
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();
        var ended = await host.RunAsync(Sources.Define(receiver.Url, $$"""{"mode":"incremental","timeColumn":"last_update","timeType":"{{type}}","pageSize":7}"""));
        Assert.Equal((ExecutionStatus.Succeeded, 100L), (ended.Status, ended.Rows));
        Assert.Equal(Enumerable.Range(1, 100).Select(id => (long)id), Ids(receiver));

        receiver.Arrived.Clear();
        sources.Run("main", $"UPDATE rental SET last_update = {string.Format(time, 3)} WHERE rental_id IN (5, 3); INSERT INTO rental VALUES (200, {string.Format(time, 2)}), (201, {string.Format(time, 0)});");
        Assert.Equal(3, (await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("rentals")).ExecutionId)).Rows);
        Assert.Equal([200L, 3L, 5L], Ids(receiver)); // 201 came with a time that has been passed
        receiver.Arrived.Clear();
        Assert.Equal(0, (await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("rentals")).ExecutionId)).Rows);
        Assert.Empty(receiver.Arrived);
    }

    public static TheoryData<int, string, int, string> Answers => new()
    {
        { 500, "boom", 3, "expected a status of 2xx, got 500: boom" },
        { 503, "", 3, "expected a status of 2xx, got 503" },
        { 429, "slow\r\ndown", 3, "expected a status of 2xx, got 429: slow down" },
        { 408, "", 3, "expected a status of 2xx, got 408" },
        { 400, "what is this", 1, "expected a status of 2xx, got 400: what is this (it is not tried again)" },
        { 404, "", 1, "expected a status of 2xx, got 404 (it is not tried again)" },
        { 302, "", 1, "expected a status of 2xx, got 302 (redirects are not followed)" },
        { 200, """{"failed":[{"index":99}]}""", 1, "failed[0]: expected an object with an index from 0 to 9, got {\"index\":99}" },
        { 200, """{"failed":"all"}""", 1, "failed: expected a list, got \"all\"" },
    };

    [Theory, MemberData(nameof(Answers))]
    public async Task An_answer_that_is_not_2xx_fails_the_batch(int status, string body, int attempts, string error)
    {
        using var sources = new Sources().Run("main", Rentals);
        await using var receiver = await Receiver.StartAsync(_ => Results.Text(body, statusCode: status));
        await using var host = await sources.HostAsync();
        Assert.Equal(ExecutionStatus.Failed, (await host.RunAsync(Sources.Define(receiver.Url, """{"pageSize":10}"""))).Status);
        Assert.Equal(attempts, receiver.Arrived.Count);
        Assert.EndsWith($"POST {receiver.Url}: {error}", (await host.Client.ListShardsAsync("rentals", new())).Items.Single().Error);
    }

    [Theory]
    [InlineData(429, "7", "00:10:00", 7)]
    [InlineData(503, "7", "00:10:00", 7)]
    [InlineData(503, "Thu, 01 Jan 2026 12:00:40 GMT", "00:10:00", 40)]
    [InlineData(429, "86400", "00:00:03", 3)]
    [InlineData(200, "7", "00:10:00", 7)] // no refusal at all: nothing is asked for
    public async Task A_receiver_is_left_alone_for_as_long_as_it_asks_for(int status, string after, string atMost, int seconds)
    {
        using var sources = new Sources().Run("main", Rentals);
        var time = new ManualTime(); // stands at 12:00:00
        List<DateTimeOffset> calls = [];
        await using var receiver = await Receiver.StartAsync(_ =>
        {
            lock (calls) calls.Add(time.GetUtcNow());
            return calls.Count > 1 ? Results.NoContent() : new Refusing(status, after, time.GetUtcNow());
        });
        await using var host = await sources.HostAsync(time, ("Outbound:RetryAfterAtMost", atMost), ("Outbound:Timeout", "00:10:00")); // by a clock that passes while a call is on its way
        await host.Client.CreateTaskAsync(Sources.Define(receiver.Url, """{"pageSize":2000}"""));
        var execution = (await host.Client.TriggerTaskAsync("rentals")).ExecutionId;
        await Server.Eventually.TrueAsync("the first call", () => !receiver.Arrived.IsEmpty);
        var ended = await Server.Eventually.GetAsync("the end", async () =>
        {
            time.Advance(TimeSpan.FromSeconds(0.1));
            return await host.Client.GetExecutionAsync(execution) is { Status: ExecutionStatus.Succeeded } done ? done : null;
        });
        Assert.Equal((1050L, status == 200 ? 1 : 2), (ended.Rows, calls.Count));
        if (status != 200) Assert.InRange((calls[1] - calls[0]).TotalSeconds, seconds, 600);
    }

    sealed class Refusing(int status, string after, DateTimeOffset now) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.Headers.RetryAfter = after;
            httpContext.Response.Headers.Date = now.ToString("R");
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData("7", null, 7.0)]
    [InlineData("0", null, null)]
    [InlineData("soon", null, null)]
    [InlineData("601", null, 600.0)]
    [InlineData("Thu, 01 Jan 2026 12:01:00 GMT", null, 60.0)]
    [InlineData("Thu, 01 Jan 2026 12:01:00 GMT", "Thu, 01 Jan 2026 12:00:50 GMT", 10.0)] // by the receiver's clock
    [InlineData("Thu, 01 Jan 2026 11:59:00 GMT", null, null)]
    [InlineData(null, null, null)]
    public void A_pause_is_read_in_seconds_and_as_a_date(string? after, string? date, double? seconds)
    {
        using var answer = new HttpResponseMessage();
        if (after is not null) answer.Headers.TryAddWithoutValidation("Retry-After", after);
        if (date is not null) answer.Headers.TryAddWithoutValidation("Date", date);
        var noon = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(seconds, Scheduler.Handlers.Polling.Answers.RetryAfter(answer, noon, TimeSpan.FromMinutes(10))?.TotalSeconds);
    }

    [Fact]
    public async Task Rows_that_are_put_aside_are_shown_as_they_were_posted()
    {
        using var sources = new Sources().Run("main", $"CREATE TABLE rental (rental_id INTEGER PRIMARY KEY, note TEXT); INSERT INTO rental VALUES (1, 'a'), (2, 'ä \"b\"'), (3, '{new string('x', 70_000)}'), (4, 'd');");
        await using var receiver = await Receiver.StartAsync(batch =>
            Results.Ok(new { failed = batch.Rows.Index().Where(row => row.Item.GetProperty("rental_id").GetInt64() is 2 or 3).Select(row => new { index = row.Index, error = "no" }) }));
        await using var host = await sources.HostAsync();
        var ended = await host.RunAsync(Sources.Define(receiver.Url, """{"deadLetter":{"afterAttempts":1}}"""));
        Assert.Equal((ExecutionStatus.Succeeded, 2L), (ended.Status, ended.Rows));
        var letters = (await host.Client.ListDeadLettersAsync("rentals", new())).Items.OrderBy(letter => letter.Cursor.KeyAsInt64()).ToArray();
        Assert.Equal(["2", "3"], letters.Select(letter => letter.Cursor.Key));
        Assert.Equal("ä \"b\"", letters[0].Row!.Value.GetProperty("note").GetString());
        Assert.Equal(["rental_id", "note"], letters[0].Row!.Value.EnumerateObject().Select(each => each.Name));
        Assert.Null(letters[1].Row); // larger than 64 KiB
    }

    [Fact]
    public async Task The_same_batch_has_the_same_id_however_often_it_is_sent()
    {
        using var sources = new Sources().Run("main", Rentals);
        var first = 1;
        await using var receiver = await Receiver.StartAsync(_ => Interlocked.Exchange(ref first, 0) == 1 ? Results.StatusCode(503) : Results.Text("thanks"));
        await using var host = await sources.HostAsync();
        Assert.Equal(ExecutionStatus.Succeeded, (await host.RunAsync(Sources.Define(receiver.Url))).Status);
        var ids = receiver.Arrived.Select(batch => batch.Headers["X-Scheduler-Id"]).ToArray();
        Assert.Equal(4, ids.Length); // three pages, the first of them twice
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(3, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_batch_is_signed_with_each_key()
    {
        using var sources = new Sources().Run("main", Rentals);
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync(("Signing:Keys:Current", "the current key ä"), ("Signing:Keys:Next", "the key after that"), ("Secrets:shop", "s3cret"));
        await host.RunAsync(Sources.Define(receiver.Url, $$$"""{"post":{"url":"{{{receiver.Url}}}","headers":{"X-Source":"shop","Authorization":"Bearer {secret:shop}"},"timeout":"00:00:10"}}"""));
        Assert.Equal(3, receiver.Arrived.Count);
        foreach (var batch in receiver.Arrived)
        {
            var signed = Encoding.UTF8.GetBytes($"{batch.Headers["X-Scheduler-Timestamp"]}.{batch.Headers["X-Scheduler-Id"]}.{batch.Body}");
            Assert.Equal(string.Join(',', new[] { "the current key ä", "the key after that" }.Select(key => $"v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), signed))}")), batch.Headers["X-Scheduler-Signature"]);
            Assert.InRange(long.Parse(batch.Headers["X-Scheduler-Timestamp"]), DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
            Assert.Equal(("shop", "Bearer s3cret"), (batch.Headers["X-Source"], batch.Headers["Authorization"]));
        }
        Assert.DoesNotContain("s3cret", JsonSerializer.Serialize(await host.Client.GetTaskAsync("rentals"), SchedulerJson.Strict));
    }

    [Fact]
    public async Task A_receiver_that_goes_away_is_tried_again_until_it_is_back()
    {
        using var sources = new Sources().Run("main", Rentals);
        var port = Ports.Free(); // nobody's connection takes it while the receiver is away
        var receiver = await Receiver.StartAsync(port: port);
        await using var host = await sources.HostAsync();
        var url = receiver.Url;
        await host.Client.CreateTaskAsync(Sources.Define(url, """{"pageSize":10}""", """{"maxAttempts":100,"backoff":"00:00:00.300","multiplier":1}"""));
        await receiver.DisposeAsync();
        var started = await host.Client.TriggerTaskAsync("rentals");
        await Server.Eventually.TrueAsync("a failed attempt", () => host.Client.ListShardsAsync("rentals", new()).GetAwaiter().GetResult().Items.Single().Error is not null, () => "none");
        await using var back = await Receiver.StartAsync(port: port);
        Assert.Equal(1050, (await host.Client.WaitForExecutionAsync(started.ExecutionId)).Rows);
        Assert.Equal(Enumerable.Range(1, 1050).Select(id => (long)id), Ids(back));
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_is_given_up_in_time()
    {
        using var sources = new Sources().Run("main", Rentals);
        await using var receiver = await Receiver.StartAsync(_ => Slow.Instance);
        await using var host = await sources.HostAsync();
        await host.RunAsync(Sources.Define(receiver.Url, $$$"""{"post":{"url":"{{{receiver.Url}}}","timeout":"00:00:00.100"}}"""));
        Assert.EndsWith("expected an answer within 00:00:00.1, got none", (await host.Client.ListShardsAsync("rentals", new())).Items.Single().Error);
    }

    sealed class Slow : IResult
    {
        public static Slow Instance { get; } = new();

        public Task ExecuteAsync(HttpContext httpContext) => Task.Delay(Timeout.InfiniteTimeSpan, httpContext.RequestAborted);
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_not_read()
    {
        using var sources = new Sources().Run("main", Rentals);
        await using var receiver = await Receiver.StartAsync(_ => Results.Text(new string('x', 5000)));
        await using var host = await sources.HostAsync(("Outbound:MaxResponseBytes", "4096"));
        await host.RunAsync(Sources.Define(receiver.Url, retry: """{"maxAttempts":1}"""));
        Assert.EndsWith("expected an answer of at most 4096 bytes, got a longer one", (await host.Client.ListShardsAsync("rentals", new())).Items.Single().Error);
    }
}
