using System.Data.Common;
using Scheduler.Conformance.Servers;

namespace Scheduler.Tests.Embedded.Incremental;

/// <summary>What an incremental pass sees of a real database, and what it does not.</summary>
public abstract class SourceTests : IAsyncLifetime
{
    protected static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan FiveSeconds = TimeSpan.FromSeconds(5);

    protected abstract DbConnection Connect();

    /// <summary>The database's names of types: an integer, a text, a UUID, a timestamp to the microsecond and to the second.</summary>
    protected abstract (string Integer, string Text, string Uuid, string Timestamp, string Seconds) Types { get; }

    /// <summary>A time as the column's type has it.</summary>
    protected abstract object Native(DateTimeOffset time, bool seconds = false);

    protected virtual SqlKeyType UuidKey => SqlKeyType.Uuid;

    /// <summary>Now, by the database's own clock.</summary>
    protected abstract string Now { get; }

    /// <summary>What makes an insert an update where the key exists.</summary>
    protected virtual string Upsert => "ON CONFLICT (id) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at";

    /// <summary>What stands around an identifier.</summary>
    protected virtual char Quotes => '"';

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    protected async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var connection = Connect();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{i}", values[i]);
            command.Parameters.Add(parameter);
        }
        await command.ExecuteNonQueryAsync();
    }

    protected Task CreateAsync(string? key = null, string? time = null, string name = "t") =>
        ExecuteAsync($"CREATE TABLE {name} (id {key ?? Types.Integer} PRIMARY KEY, version {Types.Integer} NOT NULL, updated_at {time ?? Types.Timestamp}); CREATE INDEX {name}_changed ON {name} (updated_at, id)");

    Task PutAsync(object key, DateTimeOffset time, long version = 1, bool seconds = false) =>
        ExecuteAsync($"INSERT INTO t (id, version, updated_at) VALUES (@p0, @p1, @p2) {Upsert}", key, version, Native(time, seconds));

    protected ChangingTables Tables(SqlKeyType key = SqlKeyType.Integer, SqlTimeType time = SqlTimeType.Timestamp, bool toTheMicrosecond = true) =>
        new(Connect) { Quotes = Quotes, Key = key, Time = time, Steps = toTheMicrosecond ? TimeSpan.FromTicks(10) : null };

    [StoreFact]
    public async Task Rows_of_one_microsecond_are_told_apart_by_their_key()
    {
        await CreateAsync();
        var instant = Noon.AddTicks(1_234_560);
        for (var key = 1; key <= 500; key++) await PutAsync(key, instant);
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.Incremental, pageSize: 99);

        Assert.Empty(await rounds.RunAsync(instant)); // before the instant, and not at it
        Assert.Equal(Enumerable.Range(1, 500).Select(key => ($"{key}", 1L)), await rounds.RunAsync(instant.AddTicks(10)));
        Assert.Equal((500L, 6L), ((await rounds.ShardAsync()).Rows, (await rounds.ShardAsync()).Pages));
        await PutAsync(501, instant);
        Assert.Equal([("501", 1L)], await rounds.RunAsync(instant.AddSeconds(1)));
        Assert.Empty(await rounds.RunAsync(instant.AddSeconds(2)));
    }

    [StoreFact]
    public async Task A_row_written_later_in_a_second_that_was_polled_is_not_lost()
    {
        await CreateAsync(time: Types.Seconds);
        await using var rounds = await Rounds.StartAsync(Tables(toTheMicrosecond: false), PollingMode.Incremental);
        await PutAsync(2, Noon, seconds: true);
        Assert.Empty(await rounds.RunAsync(Noon.AddMilliseconds(300)));
        await PutAsync(1, Noon, seconds: true);
        Assert.Empty(await rounds.RunAsync(Noon.AddMilliseconds(999)));
        Assert.Equal([("1", 1L), ("2", 1L)], await rounds.RunAsync(Noon.AddSeconds(1)));
    }

    [StoreFact]
    public async Task A_clock_that_steps_back_gives_an_empty_page_and_never_a_rewind()
    {
        await CreateAsync();
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.Incremental);
        await PutAsync(1, Noon);
        Assert.Equal([("1", 1L)], await rounds.RunAsync(Noon.AddMinutes(1)));
        var cursor = (await rounds.ShardAsync()).Cursor;

        await PutAsync(2, Noon.AddSeconds(10));
        Assert.Empty(await rounds.RunAsync(Noon.AddMinutes(-10)));
        Assert.Equal(cursor, (await rounds.ShardAsync()).Cursor);
        Assert.Equal([("2", 1L)], await rounds.RunAsync(Noon.AddMinutes(1)));
    }

    [StoreFact]
    public async Task What_is_committed_late_within_the_lag_is_seen_and_beyond_it_is_not()
    {
        await CreateAsync();
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.Incremental, FiveSeconds);
        await PutAsync(1, Noon.AddSeconds(-6));
        Assert.Equal([("1", 1L)], await rounds.RunAsync(Noon)); // up to Noon − 5 s
        await PutAsync(2, Noon.AddSeconds(-4)); // four seconds late
        await PutAsync(3, Noon.AddSeconds(-7)); // seven seconds late, behind what was read
        Assert.Equal([("2", 1L)], await rounds.RunAsync(Noon.AddSeconds(5)));
        Assert.Empty(await rounds.RunAsync(Noon.AddMinutes(5)));
    }

    [StoreFact]
    public async Task From_full_to_incremental_there_is_no_hole()
    {
        await CreateAsync();
        for (var key = 1; key <= 100; key++) await PutAsync(2 * key, Noon.AddDays(-1));
        var tables = Tables();
        await using var rounds = await Rounds.StartAsync(tables, PollingMode.FullThenIncremental, FiveSeconds, pageSize: 10);
        var pages = 0;
        tables.Process = async rows =>
        {
            if (++pages != 5) return;
            await PutAsync(10, Noon.AddSeconds(1), version: 2);  // passed already
            await PutAsync(160, Noon.AddSeconds(2), version: 2); // still to come
            await PutAsync(11, Noon.AddSeconds(3));              // new, passed
            await PutAsync(999, Noon.AddSeconds(4));             // new, above the bound
            await PutAsync(12, Noon.AddSeconds(-4), version: 2); // committed late, within the lag
        };

        var full = await rounds.RunAsync(Noon);
        Assert.Equal(Enumerable.Range(1, 100).Select(key => ($"{2 * key}", key == 80 ? 2L : 1L)), full);
        Assert.Equal([("12", 2L), ("10", 2L), ("160", 2L), ("11", 1L), ("999", 1L)], await rounds.RunAsync(Noon.AddMinutes(1)));
        Assert.Empty(await rounds.RunAsync(Noon.AddMinutes(2)));
        await PutAsync(14, Noon.AddMinutes(2), version: 3);
        Assert.Equal([("14", 3L)], await rounds.RunAsync(Noon.AddMinutes(3)));
        Assert.Equal(106, tables.Seen.Count);
    }

    [StoreFact]
    public async Task An_empty_table_hands_over_too()
    {
        await CreateAsync();
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.FullThenIncremental, FiveSeconds);
        Assert.Empty(await rounds.RunAsync(Noon));
        await PutAsync(1, Noon.AddSeconds(-3));
        await PutAsync(2, Noon.AddSeconds(-8)); // before the handover, by a transaction longer than the lag
        Assert.Equal([("1", 1L)], await rounds.RunAsync(Noon.AddSeconds(10)));
    }

    [StoreFact]
    public async Task Keys_may_be_text()
    {
        await CreateAsync(key: Types.Text);
        await using var rounds = await Rounds.StartAsync(Tables(SqlKeyType.Text), PollingMode.FullThenIncremental, pageSize: 2);
        foreach (var key in new[] { "a", "Ä'b", "订单 🚚", "z" }) await PutAsync(key, Noon);
        Assert.Equal(4, (await rounds.RunAsync(Noon.AddSeconds(-1))).Length);
        Assert.Equal(4, (await rounds.RunAsync(Noon.AddSeconds(1))).Distinct().Count());
        Assert.Empty(await rounds.RunAsync(Noon.AddSeconds(2)));
    }

    [StoreFact]
    public async Task Keys_may_be_uuids()
    {
        await CreateAsync(key: Types.Uuid);
        await using var rounds = await Rounds.StartAsync(Tables(UuidKey), PollingMode.FullThenIncremental, pageSize: 2);
        for (var i = 0; i < 5; i++) await PutAsync(UuidKey == SqlKeyType.Uuid ? Guid.NewGuid() : Guid.NewGuid().ToString("D"), Noon);
        Assert.Equal(5, (await rounds.RunAsync(Noon.AddSeconds(-1))).Distinct().Count());
        Assert.Equal(5, (await rounds.RunAsync(Noon.AddSeconds(1))).Distinct().Count());
        Assert.Empty(await rounds.RunAsync(Noon.AddSeconds(2)));
    }

    [StoreFact]
    public async Task A_row_without_a_time_is_refused_by_name()
    {
        await CreateAsync();
        await PutAsync(1, Noon);
        await ExecuteAsync("INSERT INTO t (id, version) VALUES (2, 1)");
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.Incremental);
        await rounds.RunAsync(Noon.AddSeconds(1), ExecutionStatus.Failed);
        Assert.Equal("query: db.t: column \"updated_at\": expected a time in every row, got NULL in some; a row without one would never be seen", (await rounds.ShardAsync()).Error);
        await ExecuteAsync("UPDATE t SET updated_at = (SELECT updated_at FROM t WHERE id = 1) WHERE id = 2");
        Assert.Equal(2, (await rounds.RunAsync(Noon.AddSeconds(1))).Length);
    }

    [StoreFact]
    public async Task A_time_that_is_missing_later_is_refused_and_read_when_it_is_set()
    {
        await CreateAsync();
        await PutAsync(1, Noon);
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.Incremental);
        Assert.Equal([("1", 1L)], await rounds.RunAsync(Noon.AddSeconds(1)));
        await ExecuteAsync("INSERT INTO t (id, version) VALUES (2, 1)");
        await rounds.RunAsync(Noon.AddSeconds(2), ExecutionStatus.Failed);
        Assert.Equal("query: db.t: column \"updated_at\": expected a time in every row, got NULL in some; a row without one would never be seen", (await rounds.ShardAsync()).Error);
        await PutAsync(2, Noon.AddSeconds(2));
        Assert.Equal([("2", 1L)], await rounds.RunAsync(Noon.AddSeconds(3)));
    }

    [StoreFact]
    public async Task A_row_without_a_key_is_refused_by_name_in_a_full_pass_too()
    {
        await ExecuteAsync($"CREATE TABLE t (id {Types.Integer} UNIQUE, version {Types.Integer} NOT NULL, updated_at {Types.Timestamp})");
        await PutAsync(1, Noon);
        await using var rounds = await Rounds.StartAsync(new(Connect) { Quotes = Quotes, Changed = null }, PollingMode.Full);
        Assert.Equal([("1", 1L)], await rounds.RunAsync());
        await ExecuteAsync("INSERT INTO t (version) VALUES (1)");
        await rounds.RunAsync(expected: ExecutionStatus.Failed);
        Assert.Equal("query: db.t: column \"id\": expected a key in every row, got NULL in some; a row without one would never be seen", (await rounds.ShardAsync()).Error);
    }

    [StoreFact]
    public async Task An_epoch_in_another_unit_is_refused_by_name()
    {
        await CreateAsync(time: Types.Integer);
        await ExecuteAsync($"INSERT INTO t VALUES (1, 1, {Epoch(1000)})");
        await using var rounds = await Rounds.StartAsync(Tables(time: SqlTimeType.EpochSeconds), PollingMode.Incremental);
        await rounds.RunAsync(expected: ExecutionStatus.Failed);
        Assert.EndsWith("as the highest value, which counts in milliseconds", (await rounds.ShardAsync()).Error);
    }

    [StoreFact]
    public async Task A_rewind_to_a_time_reads_again_what_changed_since()
    {
        var start = Noon.AddYears(-3);
        await CreateAsync();
        for (var key = 1; key <= 10; key++) await PutAsync(key, start.AddMinutes(key));
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.Incremental, pageSize: 2);
        Assert.Equal(10, (await rounds.RunAsync(start.AddHours(1))).Length);
        Assert.Empty(await rounds.RunAsync(start.AddHours(1)));

        Assert.Equal(1, (await rounds.Host.Client.RewindShardsAsync("changes", new() { To = RewindTarget.ToTime(start.AddMinutes(8)) })).Shards);
        Assert.Equal([("8", 1L), ("9", 1L), ("10", 1L)], await rounds.RunAsync(start.AddHours(1)));
        Assert.Empty(await rounds.RunAsync(start.AddHours(1)));
    }

    [StoreFact]
    public async Task A_place_to_rewind_to_has_come_and_is_a_key()
    {
        await CreateAsync();
        await PutAsync(1, Noon);
        await using var changes = await Rounds.StartAsync(Tables(), PollingMode.Incremental);
        Assert.StartsWith("to.time: expected a time that has come (now: ", (await RefusedAsync(changes, RewindTarget.ToTime(DateTimeOffset.UtcNow.AddDays(1)))).Message, StringComparison.Ordinal);
        await using var keys = await Rounds.StartAsync(new(Connect) { Quotes = Quotes }, PollingMode.Full);
        Assert.Equal("to.key: expected an integer of 64 bits, which is what column \"id\" holds, got \"abc\"", (await RefusedAsync(keys, RewindTarget.ToKey("abc"))).Message);

        static async Task<SchedulerException> RefusedAsync(Rounds rounds, RewindTarget to) =>
            await Assert.ThrowsAsync<SchedulerException>(() => rounds.Host.Client.RewindShardsAsync("changes", new() { To = to }));
    }

    [StoreFact]
    public async Task A_missing_time_column_is_refused_by_name()
    {
        await ExecuteAsync($"CREATE TABLE t (id {Types.Integer} PRIMARY KEY, version {Types.Integer})");
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.Incremental);
        await rounds.RunAsync(Noon, ExecutionStatus.Failed);
        Assert.Contains("updated_at", (await rounds.ShardAsync()).Error);
    }

    [StoreFact]
    public async Task The_sources_own_clock_is_asked_in_the_terms_of_the_column()
    {
        var (stamp, seconds, integer) = (Types.Timestamp, Types.Seconds, Types.Integer);
        foreach (var (type, time, now) in new[] { (stamp, SqlTimeType.Timestamp, Now), (seconds, SqlTimeType.Timestamp, Now), (integer, SqlTimeType.EpochSeconds, Epoch(1)), (integer, SqlTimeType.EpochMilliseconds, Epoch(1000)) })
        {
            await ExecuteAsync("DROP TABLE IF EXISTS t");
            await CreateAsync(time: type);
            await ExecuteAsync($"INSERT INTO t VALUES (1, 1, {now})");
            await using var rounds = await Rounds.StartAsync(Tables(time: time, toTheMicrosecond: false), PollingMode.Incremental, TimeSpan.FromHours(1));
            Assert.Empty(await rounds.RunAsync()); // an hour has not passed
            await rounds.Host.Client.UpdateTaskAsync("changes", await WithoutLagAsync(rounds));

            var deadline = DateTime.UtcNow.AddSeconds(20);
            (string, long)[] seen = [];
            while (seen.Length == 0 && DateTime.UtcNow < deadline) seen = await rounds.RunAsync();
            Assert.Equal([("1", 1L)], seen);
            Assert.Empty(await rounds.RunAsync());
        }

        static async Task<TaskDefinition> WithoutLagAsync(Rounds rounds)
        {
            var definition = (await rounds.Host.Client.GetTaskAsync("changes")).Definition;
            return definition with { Handler = new() { Polling = definition.Handler.Polling! with { Lag = TimeSpan.Zero } } };
        }
    }

    protected abstract string Epoch(int perSecond);
}
