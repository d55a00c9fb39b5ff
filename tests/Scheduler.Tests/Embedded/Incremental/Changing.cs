using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Scheduler.Tests.Embedded.Incremental;

/// <summary>A row as it was seen.</summary>
public sealed record ChangedRow(Cursor Cursor, string Key, long Version);

/// <summary>Polls tables <c>(id, version, updated_at)</c> by what changed in them, and remembers what it saw.</summary>
public class ChangingTables(Func<DbConnection> connect) : SqlPollingHandler<ChangedRow>
{
    public char Quotes { get; init; } = '"';
    public SqlKeyType Key { get; init; } = SqlKeyType.Integer;
    public SqlTimeType Time { get; init; } = SqlTimeType.Timestamp;
    public string? Changed { get; init; } = "updated_at";
    public TimeSpan? Steps { get; init; }

    /// <summary>The rows in the order they were processed.</summary>
    public ConcurrentQueue<(string Table, string Key, long Version)> Seen { get; } = [];

    /// <summary>Called before a batch is processed.</summary>
    public Func<IReadOnlyList<ChangedRow>, Task> Process { get; set; } = _ => Task.CompletedTask;

    protected override string KeyColumn => "id";
    protected override SqlKeyType KeyType => Key;
    protected override string? TimeColumn => Changed;
    protected override SqlTimeType TimeType => Time;
    protected override TimeSpan? TimeResolution => Steps;
    protected override string Columns => "id, version, updated_at";

    protected override string Quote(string identifier) => $"{Quotes}{identifier}{Quotes}";

    protected override async ValueTask<DbConnection> OpenAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        var connection = connect();
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    protected override ChangedRow Read(DbDataReader reader)
    {
        var time = reader.GetValue(2) switch
        {
            DateTime native => Cursor.At(native, 0).Time,
            var other => Convert.ToString(other, CultureInfo.InvariantCulture),
        };
        var key = Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!;
        return new(new(time, key), key, reader.GetInt64(1));
    }

    public override Cursor CursorOf(ChangedRow row) => row.Cursor;

    public override async ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<ChangedRow> batch, CancellationToken cancellationToken)
    {
        await Process(batch.Rows);
        foreach (var row in batch.Rows) Seen.Enqueue((shard.Table, row.Key, row.Version));
        return RowFailure.None;
    }
}

/// <summary>The same tables, under a clock that a test moves.</summary>
sealed class Clocked(ChangingTables tables) : IPollingHandler<ChangedRow>
{
    int questions;

    /// <summary>The source's clock; null: its own.</summary>
    public DateTimeOffset? Clock { get; set; }

    /// <summary>How often bounds were asked for.</summary>
    public int Questions => Volatile.Read(ref questions);

    /// <summary>Called before bounds are told.</summary>
    public Action<PollingShard> Ask { get; set; } = _ => { };

    public bool CanReadChanges => tables.CanReadChanges;

    public string? WrongKey(string key) => tables.WrongKey(key);

    public async ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref questions);
        Ask(shard);
        var bounds = await tables.BoundsAsync(shard, cancellationToken);
        return Clock is { } clock ? bounds with { SourceTime = clock } : bounds;
    }

    public ValueTask<IReadOnlyList<ChangedRow>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) => tables.QueryAsync(shard, after, pass, limit, cancellationToken);

    public Cursor CursorOf(ChangedRow row) => tables.CursorOf(row);

    public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<ChangedRow> batch, CancellationToken cancellationToken) => tables.ProcessAsync(shard, batch, cancellationToken);
}

/// <summary>Tables in memory, each with so many rows that changed since the round before.</summary>
sealed class Changed(int rows) : IPollingHandler<long>
{
    int round;

    /// <summary>Those that are asked at the same time, by their database.</summary>
    public Crowd Crowd { get; init; } = new(expected: 1);

    public bool CanReadChanges => true;

    public void Begin() => round++;

    public async ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken)
    {
        using (await Crowd.ComeAsync(shard.Database, cancellationToken)) return new(null, DateTimeOffset.UnixEpoch.AddDays(round), TimeSpan.FromMilliseconds(1));
    }

    public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken)
    {
        var (first, last) = (after.Key is null ? 1 : after.KeyAsInt64() + 1, (long)round * rows);
        return new([.. Enumerable.Range(0, limit).Select(each => first + each).TakeWhile(key => key <= last)]);
    }

    public Cursor CursorOf(long row) => Cursor.At(0, row);

    public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken) => new(RowFailure.None);
}

/// <summary>A scheduler that polls such tables, round by round.</summary>
sealed class Rounds : IAsyncDisposable
{
    Rounds(Host host, ChangingTables tables, Clocked source) => (Host, Tables, Source) = (host, tables, source);

    public Host Host { get; }
    public ChangingTables Tables { get; }
    public Clocked Source { get; }

    public static async Task<Rounds> StartAsync(ChangingTables tables, PollingMode mode, TimeSpan lag = default, string names = "t", int pageSize = 100)
    {
        var source = new Clocked(tables);
        var host = await Host.StartAsync(services => services.AddPolling("changes", source));
        await host.Client.CreateTaskAsync(new()
        {
            Name = "changes",
            Handler = new() { Polling = new() { Handler = "changes", Mode = mode, Lag = lag, PageSize = pageSize, Shards = new() { Databases = "db", Tables = names } } },
            Retry = new() { MaxAttempts = 2, Backoff = TimeSpan.FromMilliseconds(1) },
        });
        return new(host, tables, source);
    }

    /// <summary>Runs a round under that clock; tells what it saw.</summary>
    public async Task<(string Key, long Version)[]> RunAsync(DateTimeOffset? clock = null, ExecutionStatus expected = ExecutionStatus.Succeeded)
    {
        Source.Clock = clock;
        var before = Tables.Seen.Count;
        var ended = await EndedAsync();
        var errors = (await Host.Client.ListShardsAsync("changes", new())).Items.Select(shard => shard.Error);
        Assert.True(ended.Status == expected, $"expected {expected}, got {ended.Status}: {ended.Error}; {string.Join("; ", errors)}");
        return [.. Tables.Seen.Skip(before).Select(row => (row.Key, row.Version))];
    }

    public async Task<ExecutionView> EndedAsync() => await Host.Client.WaitForExecutionAsync((await Host.Client.TriggerTaskAsync("changes")).ExecutionId);

    public async Task<ShardView> ShardAsync() => (await Host.Client.ListShardsAsync("changes", new())).Items.Single();

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
