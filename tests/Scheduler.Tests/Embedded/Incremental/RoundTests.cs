using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded.Incremental;

/// <summary>What rounds over changes do with their shards.</summary>
public sealed class RoundTests : IDisposable
{
    static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    readonly TemporaryDirectory directory = new();

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        directory.Dispose();
    }

    ChangingTables Tables(params string[] tables)
    {
        foreach (var table in tables) Execute($"CREATE TABLE {table} (id INTEGER PRIMARY KEY, version INTEGER, updated_at INTEGER NOT NULL)");
        return new(Connect) { Time = SqlTimeType.EpochMilliseconds };
    }

    SqliteConnection Connect() => new($"Data Source={Path.Combine(directory.Path, "source.db")}");

    void Execute(string sql)
    {
        using var connection = Connect();
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    void Put(string table, long key, DateTimeOffset time) => Execute($"INSERT OR REPLACE INTO {table} VALUES ({key}, 1, {time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)})");

    [Fact]
    public async Task A_round_runs_the_shards_with_changes_alone_and_leaves_the_others_as_they_are()
    {
        await using var rounds = await Rounds.StartAsync(Tables([.. Enumerable.Range(0, 40).Select(each => $"t_{each}")]), PollingMode.Incremental, names: "t_{0..39}");
        Put("t_7", 1, Noon);
        Assert.Single(await rounds.RunAsync(Noon.AddSeconds(1)));
        Put("t_31", 1, Noon);
        Put("t_31", 2, Noon);
        rounds.Source.Clock = Noon.AddSeconds(2);
        var ended = await rounds.EndedAsync();

        Assert.Equal((new ItemCounts(40, 40, 0, 0), 2L, 2L), (ended.Items, ended.Rows, ended.Sequence));
        var shards = (await rounds.Host.Client.ListShardsAsync("changes", new())).Items.ToDictionary(shard => shard.Table, shard => (shard.Status, shard.Round));
        Assert.Equal(((ShardStatus.Completed, 1L), (ShardStatus.Completed, 2L)), (shards["t_7"], shards["t_31"]));
        Assert.Equal(38, shards.Values.Count(shard => shard == (ShardStatus.Idle, 0L)));
        var progress = await rounds.Host.Client.GetProgressAsync("changes");
        Assert.Equal((new ShardCounts(40, 0, 0, 40, 0, 0, 0), 2L, 1L), (progress.Shards, progress.Rows, progress.Pages));
    }

    [Fact]
    public async Task The_lag_is_told_of_the_task_and_of_each_shard_those_without_changes_too()
    {
        await using var rounds = await Rounds.StartAsync(Tables("t_0", "t_1"), PollingMode.Incremental, TimeSpan.FromSeconds(30), names: "t_{0..1}");
        Assert.Null((await rounds.Host.Client.GetProgressAsync("changes")).Lag);
        Put("t_0", 1, Noon);
        await rounds.RunAsync(Noon.AddMinutes(1));
        List<TimeSpan?> lags = [(await rounds.Host.Client.GetProgressAsync("changes")).Lag, .. (await rounds.Host.Client.ListShardsAsync("changes", new())).Items.Select(shard => shard.Lag)];
        Assert.Equal(3, lags.Count);
        Assert.All(lags, lag => Assert.InRange(lag!.Value, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task A_source_that_fails_when_it_is_asked_fails_its_own_shard_after_its_attempts()
    {
        await using var rounds = await Rounds.StartAsync(Tables("t_0", "t_1", "t_2"), PollingMode.Incremental, names: "t_{0..2}");
        var asked = 0;
        rounds.Source.Ask = shard =>
        {
            if (shard.Table != "t_1") return;
            Interlocked.Increment(ref asked);
            throw new IOException("no route to the source");
        };
        Put("t_2", 1, Noon);
        Assert.Single(await rounds.RunAsync(Noon.AddSeconds(1), ExecutionStatus.Failed));
        var shards = (await rounds.Host.Client.ListShardsAsync("changes", new())).Items;
        Assert.Equal([(ShardStatus.Idle, null), (ShardStatus.Failed, "query: IOException: no route to the source"), (ShardStatus.Completed, null)], shards.Select(shard => (shard.Status, shard.Error)));
        Assert.Equal(3, asked); // once by the round, twice by the shard

        rounds.Source.Ask = _ => { };
        Put("t_1", 1, Noon);
        Assert.Single(await rounds.RunAsync(Noon.AddSeconds(1)));
    }

    [Fact]
    public async Task Questions_keep_to_the_limit_of_their_database_and_no_database_waits_for_another()
    {
        var source = new Changed(rows: 0) { Crowd = new(expected: 8) };
        await using var host = await LimitedAsync(source, new() { PerDatabase = 2 });
        var ended = await RoundAsync(host, source);
        Assert.Equal((new ItemCounts(40, 40, 0, 0), 0L), (ended.Items, ended.Rows));
        Assert.Equal([("db_0", 2), ("db_1", 2), ("db_2", 2), ("db_3", 2)], source.Crowd.Most.Select(each => (each.Key, each.Value)).Order());
        Assert.Equal(8, source.Crowd.MostOfAll);
    }

    [Fact]
    public async Task Rows_that_answer_a_question_count_and_questions_without_an_answer_do_not()
    {
        var source = new Changed(rows: 1);
        await using var host = await LimitedAsync(source, new() { RowsPerSecond = 50 });
        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(40, (await RoundAsync(host, source)).Rows);
        // A second's rows may come at once: of 40 for the questions and 40 for the pages the last 30 have to wait for their time.
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(29 / 50.0 - 0.05), $"80 rows came within {TimeProvider.System.GetElapsedTime(began)}");

        var idle = new Changed(rows: 0);
        await using var other = await LimitedAsync(idle, new() { RowsPerSecond = 1 });
        Assert.Equal(40, (await RoundAsync(other, idle)).Items.Completed); // at one row a second, within this test's patience
    }

    static async Task<Host> LimitedAsync(Changed source, PollingLimits limits)
    {
        var host = await Host.StartAsync(services => services.AddPolling("changes", source));
        await host.Client.CreateTaskAsync(new()
        {
            Name = "changes",
            Handler = new() { Polling = new() { Handler = "changes", Mode = PollingMode.Incremental, Lag = TimeSpan.Zero, PageSize = 1, Limits = limits, Shards = new() { Databases = "db_{0..3}", Tables = "t_{0..9}" } } },
        });
        return host;
    }

    static async Task<ExecutionView> RoundAsync(Host host, Changed source)
    {
        source.Begin();
        return await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("changes")).ExecutionId, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Cancelling_a_round_ends_the_questions_and_the_next_goes_on()
    {
        await using var rounds = await Rounds.StartAsync(Tables([.. Enumerable.Range(0, 30).Select(each => $"t_{each}")]), PollingMode.Incremental, names: "t_{0..29}");
        using var hold = new ManualResetEventSlim();
        using var asked = new ManualResetEventSlim();
        rounds.Source.Clock = Noon;
        rounds.Source.Ask = _ =>
        {
            asked.Set();
            hold.Wait();
        };
        var id = (await rounds.Host.Client.TriggerTaskAsync("changes")).ExecutionId;
        Assert.True(asked.Wait(TimeSpan.FromSeconds(20)));
        var cancelling = rounds.Host.Client.CancelExecutionAsync(id);
        await cancelling;
        hold.Set();
        Assert.Equal(ExecutionStatus.Cancelled, (await rounds.Host.Client.WaitForExecutionAsync(id)).Status);
        Assert.True(rounds.Source.Questions < 30, $"{rounds.Source.Questions} questions");

        rounds.Source.Ask = _ => { };
        Put("t_3", 1, Noon.AddSeconds(-1));
        Assert.Single(await rounds.RunAsync(Noon));
    }

    [Fact]
    public async Task An_incremental_mode_is_refused_where_the_handler_has_no_time_column()
    {
        await using var host = await Host.StartAsync(services => services.AddPolling("changes", new ChangingTables(Connect) { Changed = null }));
        foreach (var mode in new[] { PollingMode.Incremental, PollingMode.FullThenIncremental })
        {
            var refused = await Assert.ThrowsAsync<SchedulerException>(() => host.Client.CreateTaskAsync(new()
            {
                Name = "changes",
                Handler = new() { Polling = new() { Handler = "changes", Mode = mode, Shards = new() { Databases = "db", Tables = "t" } } },
            }));
            var name = char.ToLowerInvariant(mode.ToString()[0]) + mode.ToString()[1..];
            Assert.Equal([new("handler.polling.mode", $"expected full, since handler \"changes\" cannot read changes (it has no time column); got {name}")], refused.Errors);
        }
        Assert.Empty((await host.Client.ListTasksAsync(new())).Items);
    }

    [Fact]
    public async Task Discovered_tables_come_and_go_and_go_on_where_they_were()
    {
        List<ShardName> found = [new("db", "t_0"), new("db", "t_1")];
        var tables = Tables("t_0", "t_1", "t_2");
        var source = new Clocked(tables) { Clock = Noon };
        await using var host = await Host.StartAsync(services => services.AddPolling("changes", source).AddShardDiscovery("tables", _ => Task.FromResult<IReadOnlyList<ShardName>>([.. found])));
        await host.Client.CreateTaskAsync(new()
        {
            Name = "changes",
            Handler = new() { Polling = new() { Handler = "changes", Mode = PollingMode.FullThenIncremental, Lag = TimeSpan.Zero, Shards = new() { Discover = "tables" } } },
        });
        foreach (var table in new[] { "t_0", "t_1", "t_2" }) Put(table, 1, Noon.AddMinutes(-1));
        Assert.Equal((2, 2L), await RoundAsync());

        found = [new("db", "t_1"), new("db", "t_2")];
        Put("t_0", 2, Noon.AddSeconds(1));
        Put("t_1", 2, Noon.AddSeconds(1));
        source.Clock = Noon.AddMinutes(1);
        Assert.Equal((2, 2L), await RoundAsync()); // t_1's change, and all of t_2
        Assert.Equal([ShardStatus.Gone, ShardStatus.Completed, ShardStatus.Completed], (await host.Client.ListShardsAsync("changes", new())).Items.Select(shard => shard.Status));

        found.Insert(0, new("db", "t_0"));
        source.Clock = Noon.AddMinutes(2);
        Assert.Equal((3, 1L), await RoundAsync()); // its change, and not all of it again
        Assert.Equal(("t_0", "2", 1L), tables.Seen.Last());

        found = [];
        Assert.Equal((0, 0L), await RoundAsync());

        async Task<(int Shards, long Rows)> RoundAsync()
        {
            var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("changes")).ExecutionId);
            Assert.True(ended.Status == ExecutionStatus.Succeeded, ended.Error);
            return (ended.Items.Total, ended.Rows);
        }
    }

    [Fact]
    public async Task A_discovery_that_fails_fails_the_round_after_its_attempts()
    {
        var asked = 0;
        await using var host = await Host.StartAsync(services => services.AddPolling("changes", Tables()).AddShardDiscovery("tables", _ =>
        {
            asked++;
            throw new IOException("no route to the catalogue");
        }));
        await host.Client.CreateTaskAsync(new()
        {
            Name = "changes",
            Handler = new() { Polling = new() { Handler = "changes", Shards = new() { Discover = "tables" } } },
            Retry = new() { MaxAttempts = 3, Backoff = TimeSpan.FromMilliseconds(1) },
        });
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("changes")).ExecutionId);
        Assert.Equal((ExecutionStatus.Failed, "discover: IOException: no route to the catalogue", 3, 3), (ended.Status, ended.Error, ended.Attempt, asked));
    }

    [Fact]
    public async Task A_restart_goes_on_from_the_handover()
    {
        var file = Path.Combine(directory.Path, "scheduler.db");
        var source = new Clocked(Tables("t")) { Clock = Noon };
        Put("t", 1, Noon.AddDays(-1));
        await using (var first = await Host.StartAsync(file, services => services.AddPolling("changes", source)))
        {
            await first.Client.CreateTaskAsync(new() { Name = "changes", Handler = new() { Polling = new() { Handler = "changes", Mode = PollingMode.FullThenIncremental, Shards = new() { Databases = "db", Tables = "t" } } } });
            Assert.Equal(1, (await RunAsync(first)).Rows);
        }
        Put("t", 2, Noon.AddSeconds(-4)); // within the lag before the first round
        source.Clock = Noon.AddMinutes(1);
        await using var second = await Host.StartAsync(file, services => services.AddPolling("changes", source));
        Assert.Equal(1, (await RunAsync(second)).Rows);

        static async Task<ExecutionView> RunAsync(Host host) => await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("changes")).ExecutionId);
    }
}
