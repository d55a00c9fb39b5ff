using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded.Incremental;

public sealed class SqliteSourceTests : SourceTests
{
    readonly TemporaryDirectory directory = new();

    protected override (string, string, string, string, string) Types => ("INTEGER", "TEXT", "TEXT", "TEXT", "TEXT");

    protected override SqlKeyType UuidKey => SqlKeyType.Text;

    protected override string Now => "strftime('%Y-%m-%d %H:%M:%S', 'now')";

    protected override DbConnection Connect() => new SqliteConnection($"Data Source={Path.Combine(directory.Path, "source.db")}");

    protected override object Native(DateTimeOffset time, bool seconds = false) => time.UtcDateTime.ToString(seconds ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    protected override string Epoch(int perSecond) => $"CAST(strftime('%s', 'now') AS INTEGER) * {perSecond}";

    public override Task InitializeAsync() => Task.CompletedTask;

    public override Task DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        directory.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("INTEGER", "'2026-03-04 12:00:00'", "1741089600", SqlTimeType.EpochSeconds, "query: db.t: column \"updated_at\": expected integer in every row, got integer and text (the lowest and the highest value); no cursor passes over a column of mixed type")]
    [InlineData("", "'2026-03-04 12:00:00'", "1741089600", SqlTimeType.Timestamp, "query: db.t: column \"updated_at\": expected text in every row, got integer and text (the lowest and the highest value); no cursor passes over a column of mixed type")]
    [InlineData("", "1741089600", "1741089601.5", SqlTimeType.EpochSeconds, "query: db.t: column \"updated_at\": expected integer in every row, got integer and real (the lowest and the highest value); no cursor passes over a column of mixed type")]
    public async Task A_column_of_mixed_type_is_refused_by_name(string type, string one, string other, SqlTimeType time, string error)
    {
        await CreateAsync(time: type);
        await ExecuteAsync($"INSERT INTO t VALUES (1, 1, {one}), (2, 1, {other})");
        await using var rounds = await Rounds.StartAsync(Tables(time: time), PollingMode.Incremental);
        await rounds.RunAsync(Noon, ExecutionStatus.Failed);
        Assert.Equal(error, (await rounds.ShardAsync()).Error);
    }

    [Theory]
    [InlineData("31.01.2026 08:00", "31.01.2026 09:00", "got \"31.01.2026 08:00\"")]
    [InlineData("2026-03-04 11:00:00", "2026-03-04T11:30:00", "got \"2026-03-04 11:00:00\" and \"2026-03-04T11:30:00\" (the lowest and the highest value)")]
    public async Task Text_that_is_not_ordered_as_its_instants_is_refused_by_name(string one, string other, string error)
    {
        await CreateAsync();
        await ExecuteAsync($"INSERT INTO t VALUES (1, 1, '{one}'), (2, 1, '{other}')");
        await using var rounds = await Rounds.StartAsync(Tables(), PollingMode.Incremental);
        await rounds.RunAsync(Noon, ExecutionStatus.Failed);
        Assert.Equal($"query: db.t: column \"updated_at\": expected text such as \"2026-01-31 08:00:00\" in UTC, with one separator in all rows, {error}", (await rounds.ShardAsync()).Error);
    }

    [Fact]
    public async Task A_key_of_mixed_type_is_refused_in_a_full_pass_too()
    {
        await ExecuteAsync("CREATE TABLE t (id UNIQUE, version INTEGER, updated_at INTEGER)");
        await ExecuteAsync("INSERT INTO t VALUES (1, 1, 1), ('2', 1, 1)");
        await using var rounds = await Rounds.StartAsync(new(Connect) { Changed = null }, PollingMode.Full);
        await rounds.RunAsync(Noon, ExecutionStatus.Failed);
        Assert.Equal("query: db.t: column \"id\": expected one type in every row, got integer and text; no cursor passes over a column of mixed type", (await rounds.ShardAsync()).Error);
    }

    [Fact]
    public async Task A_key_of_mixed_type_is_refused_by_name()
    {
        await ExecuteAsync("CREATE TABLE t (id UNIQUE, version INTEGER, updated_at INTEGER)");
        await ExecuteAsync("INSERT INTO t VALUES (1, 1, 1), ('2', 1, 1)");
        await using var rounds = await Rounds.StartAsync(Tables(time: SqlTimeType.EpochSeconds), PollingMode.Incremental);
        await rounds.RunAsync(Noon, ExecutionStatus.Failed);
        Assert.Equal("query: db.t: column \"id\": expected one type in every row, got integer and text; no cursor passes over a column of mixed type", (await rounds.ShardAsync()).Error);
    }

    [Fact]
    public async Task Text_with_a_T_between_date_and_time_is_compared_with_bounds_of_that_form()
    {
        await CreateAsync();
        await ExecuteAsync("INSERT INTO t VALUES (1, 1, '2026-03-04T11:59:00Z'), (2, 1, '2026-03-04T12:00:30Z')");
        await using var rounds = await Rounds.StartAsync(Tables(toTheMicrosecond: false), PollingMode.Incremental);
        Assert.Equal([("1", 1L)], await rounds.RunAsync(Noon));
        Assert.Equal([("2", 1L)], await rounds.RunAsync(Noon.AddMinutes(1)));
        Assert.Empty(await rounds.RunAsync(Noon.AddMinutes(2)));
    }

    sealed class Rewritten(Func<DbConnection> connect) : ChangingTables(connect)
    {
        public override Cursor CursorOf(ChangedRow row) => Cursor.At(DateTime.Parse(row.Cursor.Time!, CultureInfo.InvariantCulture), long.Parse(row.Key, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_cursor_that_is_not_the_columns_text_is_refused()
    {
        await CreateAsync();
        await ExecuteAsync("INSERT INTO t VALUES (1, 1, '2026-03-04 11:59:00')");
        await using var rounds = await Rounds.StartAsync(new Rewritten(Connect), PollingMode.Incremental);
        await rounds.RunAsync(Noon, ExecutionStatus.Failed);
        Assert.Equal("query: db.t: column \"updated_at\": expected a cursor with the column's text \"2026-03-04 11:59:00\", got \"2026-03-04T11:59:00.0000000\"; on SQLite make it with Cursor.At(string time, …)", (await rounds.ShardAsync()).Error);
    }
}
